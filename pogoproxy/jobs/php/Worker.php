<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

require_once __DIR__ . '/Line.php';
require_once __DIR__ . '/Client.php';

/**
 * A worker of a pool: it joins when its script first asks for a job, and answers each, however the job ends.
 *
 * Where PHP has pcntl, the broker wakes it with a signal for a cancel, which is a JobCancelled in the job that runs.
 * A job that does not see it, in C code or because it catches everything, is killed after the pool's grace.
 */
final class Worker
{
    private const TRACE_LIMIT = 16 << 10;
    private const FATAL = \E_ERROR | \E_PARSE | \E_CORE_ERROR | \E_COMPILE_ERROR | \E_RECOVERABLE_ERROR;

    private static ?Line $line = null;
    private static string $secret = '';
    /** The task whose job runs, or 0. */
    private static int $current = 0;
    /** Whether the job may be interrupted just now. */
    private static bool $isInside = false;
    /** @var list<array{int, int, string}> frames that came while a job ran */
    private static array $early = [];

    /** Before the script: keep the secret from the processes that jobs start, and be there when the script ends. */
    public static function prepare(): void
    {
        self::$secret = \getenv('POGO_WORKER_SECRET', true);
        \putenv('POGO_WORKER_SECRET');
        unset($_SERVER['POGO_WORKER_SECRET'], $_ENV['POGO_WORKER_SECRET']);
        \register_shutdown_function(self::end(...));
    }

    /** See `frankenphp_handle_request`. */
    public static function handle(callable $callback): bool
    {
        $line = self::$line ??= self::join();
        try {
            do {
                [$kind, $id, $payload] = \array_shift(self::$early) ?? $line->receive(null);
            } while ($kind !== Wire::JOB && $kind !== Wire::DRAIN); // a CANCEL here has crossed our answer
            if ($kind === Wire::DRAIN) {
                return false;
            }
            self::answer(...self::run($id, Wire::job($payload), $callback));
        } catch (\RuntimeException) {
            return false; // the broker is gone, and with it this pool
        }

        return true;
    }

    private static function join(): Line
    {
        return new Line((string) \getenv('POGO_SOCKET', true), [
            'role' => 'worker',
            'pool' => \getenv('POGO_POOL', true),
            'slots' => 1,
            'secret' => self::$secret,
            'wake' => self::listen(),
        ]);
    }

    /** Whether a signal will be heard. System calls go on after it, so that no frame breaks off; sleeps do not. */
    private static function listen(): bool
    {
        if (!\function_exists('pcntl_async_signals') || !\function_exists('pcntl_signal')) {
            return false;
        }
        \pcntl_async_signals(true);

        return \pcntl_signal(\SIGURG, self::interrupt(...));
    }

    /** Look what the broker has said while a job runs; a JobCancelled if nobody wants the job any more. */
    private static function interrupt(): void
    {
        if (self::$isInside && self::isCancelled()) {
            self::$isInside = false;
            Client::drop();
            throw new JobCancelled('Pogo task was cancelled');
        }
    }

    private static function isCancelled(): bool
    {
        try {
            while (($frame = self::$line->receive(Line::now())) !== null) {
                self::$early[] = $frame;
            }
        } catch (\RuntimeException) {
            return true; // the broker is gone, and whoever waits with it
        }

        return \in_array([Wire::CANCEL, self::$current, ''], self::$early, true);
    }

    /**
     * @param array{job: string, context: string, remaining: int, credit: int} $job
     *
     * @return array{int, string} outcome and envelope
     */
    private static function run(int $id, array $job, callable $callback): array
    {
        [Client::$parent, Client::$context] = [$id, $job['context']];
        Client::$expires = $job['remaining'] ? Line::now() + $job['remaining'] / 1000 : null;
        [$folder, $level] = [\getcwd(), \ob_get_level()];
        self::$current = $id;
        try {
            return self::envelope(self::call($callback, $job['job']));
        } catch (\Throwable $error) {
            return self::failure($error->getMessage(), $error::class, (string) $error);
        } finally {
            while (\ob_get_level() > $level && \ob_end_flush()) {
                // What the job printed is the log's.
            }
            if ($folder !== false && \getcwd() !== $folder) {
                \chdir($folder);
            }
            Client::abandon();
        }
    }

    private static function call(callable $callback, string $job): mixed
    {
        self::$isInside = true;
        try {
            return $callback($job);
        } finally {
            self::$isInside = false;
        }
    }

    private static function answer(int $outcome, string $body): void
    {
        $line = self::$line;
        [$size, $limit] = [\strlen($body), $line->limit - Wire::HEAD_ROOM];
        if ($size > $limit) {
            [$outcome, $body] = self::failure("Pogo job result of $size bytes exceeds the limit of $limit");
        }
        [$id, self::$current] = [self::$current, 0];
        $line->send(Wire::DONE, $id, \chr($outcome) . $body);
    }

    /** @return array{int, string} what the callback returned, which is an envelope as JSON or as an array */
    private static function envelope(mixed $returned): array
    {
        $text = $returned;
        if (!\is_string($returned)) {
            $text = \json_encode($returned, \JSON_UNESCAPED_SLASHES);
            if ($text === false) {
                return self::failure('Pogo worker returned a non-JSON-compatible response: ' . \json_last_error_msg());
            }
        }
        $envelope = \json_decode($text, true, 513);
        if ($envelope === null && \json_last_error()) {
            return self::failure('Pogo worker returned an invalid response envelope: ' . \json_last_error_msg());
        }
        if ($envelope !== null && (!\is_array($envelope) || ($envelope !== [] && \array_is_list($envelope)))) {
            return self::failure('Pogo worker returned an invalid response envelope: it is no object');
        }
        if (($envelope['ok'] ?? null) === true) {
            return [Wire::OUTCOME_DONE, $text];
        }
        $error = $envelope['error'] ?? '';
        $has_text = \is_string($error) && $error !== '';

        return $has_text ? [Wire::OUTCOME_ERROR, $text] : self::failure('Pogo worker returned an error');
    }

    /** @return array{int, string} */
    private static function failure(string $error, string $type = '', string $traceback = ''): array
    {
        $traceback = \substr($traceback, -self::TRACE_LIMIT);
        $known = ['ok' => false, 'error' => $error] + \array_filter(['type' => $type, 'traceback' => $traceback]);

        return [Wire::OUTCOME_ERROR, \json_encode($known, \JSON_UNESCAPED_SLASHES | \JSON_INVALID_UTF8_SUBSTITUTE)];
    }

    /** The script ends. If a job has done that, whoever waits for it shall know why. */
    private static function end(): void
    {
        $last = \error_get_last();
        $is_fatal = $last !== null && ($last['type'] & self::FATAL);
        if (self::$line === null && !$is_fatal) {
            \fwrite(\STDERR, "{$_SERVER['SCRIPT_FILENAME']} ended without a call of frankenphp_handle_request()\n");
        }
        if (self::$current === 0) {
            return;
        }
        \ini_set('memory_limit', '-1'); // it may have been what the job ran out of
        $failure = $is_fatal
            ? self::failure($last['message'], 'FatalError', "{$last['message']} in {$last['file']}:{$last['line']}")
            : self::failure('Pogo job called exit()', 'Exit');
        try {
            self::answer(...$failure);
        } catch (\RuntimeException) {
            return; // the broker is gone, and with it whoever waits
        }
    }
}

/** Raised inside a job that nobody wants any more; no Exception, so that `catch (\Exception)` lets it pass. */
final class JobCancelled extends \Error {}
