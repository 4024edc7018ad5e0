<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

require_once __DIR__ . '/Line.php';
require_once __DIR__ . '/Result.php';
require_once __DIR__ . '/Tally.php';

/**
 * Spawning and awaiting. One connection a request, made when it is first needed: PHP closes it when the request ends,
 * and the broker then cancels what nobody awaited.
 */
final class Client
{
    /** What a spawn inside a job tells of it; nothing in a page. */
    public static string $context = '';
    public static int $parent = 0;
    public static ?float $expires = null;

    private static ?self $current = null;

    /** @var array<int, string> the classes of tasks that nobody awaited yet */
    private array $open = [];
    /** @var array<int, array{int, string}> outcomes of open tasks */
    private array $outcomes = [];
    /** @var array<string, int> slots by pool */
    private array $pools;
    private int $lastId;
    private readonly int $pid;
    private readonly Line $line;
    /** Of a page; a job has none. */
    private readonly ?Tally $tally;

    private function __construct(string $path)
    {
        $this->pid = \getmypid();
        $isPage = isset($_SERVER['POGO_REQUEST']);
        $this->line = new Line($path, ['role' => 'caller', 'timings' => $isPage]);
        $this->line->hasLeash = $isPage;
        $this->tally = $isPage ? new Tally() : null;
        $this->pools = $this->line->welcome['pools'];
        $this->lastId = $this->line->welcome['connection'] << 32;
    }

    /** See `pogo_spawn`. */
    public static function spawn(string $class, array $args, string $pool): int
    {
        try {
            $args = \json_encode($args, \JSON_UNESCAPED_SLASHES | \JSON_THROW_ON_ERROR);
        } catch (\Throwable $wrong) {
            throw new \RuntimeException('Failed to encode Pogo job args as JSON', 0, $wrong);
        }
        $client = self::current();
        $client->slots($pool);
        if ($class === '') {
            throw new \RuntimeException('Pogo job class must not be empty');
        }
        $name = \json_encode($class, \JSON_UNESCAPED_SLASHES | \JSON_INVALID_UTF8_SUBSTITUTE);
        $id = $client->send($pool, "{\"class\":$name,\"args\":$args}");
        $client->open[$id] = $class;
        $client->tally?->count();

        return $id;
    }

    /** See `pogo_await`. */
    public static function await(int $task, float $timeout): mixed
    {
        if (!($timeout >= 0)) {
            throw new \RuntimeException('Pogo await timeout must be greater than or equal to zero');
        }
        $client = self::current();
        if (!isset($client->open[$task])) {
            throw new \RuntimeException('unknown or already awaited Pogo task');
        }
        $outcome = $client->outcome($task, Line::in($timeout));
        if ($outcome === null) {
            $client->cancel($task);
            throw new \RuntimeException('Pogo await timed out after ' . goDuration($timeout));
        }

        return unwrap(...$outcome);
    }

    /** See `pogo_pool_size`. */
    public static function poolSize(string $pool): int
    {
        return self::current()->slots($pool);
    }

    /** A job has ended: what it spawned and did not await goes with it. */
    public static function abandon(): void
    {
        if (self::$current === null) {
            return;
        }
        try {
            foreach (\array_keys(self::$current->open) as $task) {
                self::$current->cancel($task);
            }
        } catch (\RuntimeException) {
            self::$current = null; // the broker has cancelled them when the connection was lost
        }
    }

    /** It was interrupted, perhaps within a frame: the broker cancels what it had open, and the next spawn gets a new one. */
    public static function drop(): void
    {
        self::$current = null;
    }

    private static function current(): self
    {
        // Not what the web server passes with a request, but the environment of the process.
        $path = \getenv('POGO_SOCKET', true);
        if ($path === false || $path === '') {
            throw new \RuntimeException('Pogo is not configured');
        }
        // A connection that a fork shares would mix up both processes' results.
        if (self::$current === null || self::$current->pid !== \getmypid()) {
            self::$current = new self($path);
        }

        return self::$current;
    }

    private function slots(string $pool): int
    {
        $this->takeIn(Line::now(), 0);
        $pool = $pool === '' ? 'default' : $pool;

        return $this->pools[$pool] ?? throw new \RuntimeException('unknown Pogo pool ' . quoted($pool));
    }

    private function send(string $pool, string $job): int
    {
        $most = $this->line->welcome['max_tasks'];
        if (\count($this->open) >= $most) {
            throw new \RuntimeException("Pogo request has $most open tasks, and may not have more");
        }
        $remaining = 0;
        if (self::$expires !== null) {
            $remaining = (int) ((self::$expires - Line::now()) * 1000);
            if ($remaining <= 0) {
                throw new \RuntimeException('Pogo request deadline has passed');
            }
        }
        $payload = Wire::spawn($pool, $job, self::context(), $remaining, self::$parent);
        if (\strlen($payload) > $this->line->limit) {
            throw new \RuntimeException(
                'Pogo job of ' . \strlen($payload) . " bytes exceeds the limit of {$this->line->limit}"
            );
        }
        $id = ++$this->lastId;
        $this->perform(fn () => $this->line->send(Wire::SPAWN, $id, $payload));

        return $id;
    }

    private static function context(): string
    {
        if (self::$parent !== 0) {
            return self::$context;
        }
        $known = \array_filter([
            'request_id' => $_SERVER['HTTP_X_REQUEST_ID'] ?? '',
            'traceparent' => $_SERVER['HTTP_TRACEPARENT'] ?? '',
        ]);
        $context = $known ? \json_encode($known, \JSON_UNESCAPED_SLASHES | \JSON_INVALID_UTF8_SUBSTITUTE) : '';

        return \strlen($context) > 0xffff ? '' : $context;
    }

    private function cancel(int $task): void
    {
        unset($this->open[$task], $this->outcomes[$task]);
        $this->perform(fn () => $this->line->send(Wire::CANCEL, $task));
    }

    /** @return array{int, string}|null the outcome of an open task, which is then taken; null after the deadline */
    private function outcome(int $task, ?float $deadline): ?array
    {
        $this->takeIn($deadline, $task);
        $outcome = $this->outcomes[$task] ?? null;
        if ($outcome !== null) {
            unset($this->open[$task], $this->outcomes[$task]);
        }

        return $outcome;
    }

    /** Take in what comes until the deadline, or until that task's outcome is here. */
    private function takeIn(?float $deadline, int $until): void
    {
        while (!isset($this->outcomes[$until])) {
            $frame = $this->perform(fn () => $this->line->receive($deadline));
            if ($frame === null) {
                return;
            }
            [$kind, $id, $payload] = $frame;
            match ($kind) {
                Wire::RESULT => $this->settle($id, $payload),
                Wire::POOLS => $this->reconfigure(Wire::object($payload)),
                default => throw new WireError("frame of kind $kind from the broker"),
            };
        }
    }

    private function settle(int $id, string $payload): void
    {
        if ($this->tally !== null) {
            [$waited, $ran, $payload] = Wire::timed($payload);
        }
        $outcome = Wire::outcome($payload);
        // What comes for a task that was given up harms nobody.
        if (isset($this->open[$id])) {
            $this->outcomes[$id] = $outcome;
            $this->tally?->add($this->open[$id], $waited, $ran);
        }
    }

    /** @param array<string, mixed> $known */
    private function reconfigure(array $known): void
    {
        $this->pools = $known['pools'];
        $this->line->limit = $known['limit'];
    }

    /** Do something on the line; once that failed, the next spawn gets a new one. */
    private function perform(\Closure $action): mixed
    {
        try {
            return $action();
        } catch (\RuntimeException $lost) {
            self::$current = null;
            throw $lost;
        }
    }
}
