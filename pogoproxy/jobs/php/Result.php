<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

/** A job's result from its outcome and body; a RuntimeException that tells what became of it instead. */
function unwrap(int $outcome, string $body): mixed
{
    // One level deeper than PHP's own bound, since the result stands inside the envelope.
    $envelope = \json_decode($body, true, 513);
    if ($outcome > Wire::OUTCOME_ERROR) {
        throw new \RuntimeException($envelope['error'] ?? 'Pogo task failed');
    }
    if (!\is_array($envelope)) {
        $why = \json_last_error() ? \json_last_error_msg() : 'it is no object';
        throw new \RuntimeException("Pogo worker returned an invalid response envelope: $why");
    }
    if (($envelope['ok'] ?? null) !== true) {
        $error = $envelope['error'] ?? '';
        throw new \RuntimeException(\is_string($error) && $error !== '' ? $error : 'Pogo worker returned an error');
    }

    return $envelope['result'] ?? null;
}

/** A name in double quotes, as Go's `%q` prints it. */
function quoted(string $name): string
{
    $flags = \JSON_UNESCAPED_SLASHES | \JSON_UNESCAPED_UNICODE | \JSON_INVALID_UTF8_SUBSTITUTE;

    return \json_encode($name, $flags);
}

/** A duration as Go prints it: `2s`, `1m30s`, `1.5s`, `250ms`, `0s`. */
function goDuration(float $seconds): string
{
    $nanoseconds = \round($seconds * 1e9);
    foreach (['ns' => 1, 'µs' => 1e3, 'ms' => 1e6] as $unit => $size) {
        if (0 < $nanoseconds && $nanoseconds < $size * 1000) {
            return decimal($nanoseconds / $size) . $unit;
        }
    }
    $minutes = \floor($nanoseconds / 60e9);
    $text = decimal(($nanoseconds - $minutes * 60e9) / 1e9) . 's';
    $hours = \floor($minutes / 60);
    if ($hours > 0) {
        return \sprintf('%dh%dm%s', $hours, $minutes - $hours * 60, $text);
    }

    return $minutes > 0 ? \sprintf('%dm%s', $minutes, $text) : $text;
}

function decimal(float $value): string
{
    return \rtrim(\rtrim(\sprintf('%.9F', $value), '0'), '.');
}
