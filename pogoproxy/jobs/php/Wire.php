<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

/** The bytes of docs/protocol.md: pure functions. What is malformed throws a WireError. */
final class Wire
{
    public const VERSION = 1;
    public const HEAD_SIZE = 13;
    /** What a payload may hold beside the limited part: the pool's name, context, numbers. */
    public const HEAD_ROOM = 64 << 10;

    public const HELLO = 1;
    public const WELCOME = 2;
    public const POOLS = 3;
    public const SPAWN = 4;
    public const CANCEL = 5;
    public const RESULT = 6;
    public const JOB = 7;
    public const DONE = 8;
    public const DRAIN = 9;
    public const YIELD = 10;
    public const CREDIT = 11;

    public const OUTCOME_DONE = 0;
    public const OUTCOME_ERROR = 1;
    private const LAST_OUTCOME = 5;

    /** One frame. */
    public static function frame(int $kind, int $id, string $payload = ''): string
    {
        return \pack('NCJ', \strlen($payload), $kind, $id) . $payload;
    }

    /** @return array{int, int, int} length, kind and id from the bytes before a payload */
    public static function head(string $head): array
    {
        return \array_values(\unpack('Nlength/Ckind/Jid', $head));
    }

    /** The payload of SPAWN. */
    public static function spawn(
        string $pool,
        string $job,
        string $context = '',
        int $remaining = 0,
        int $parent = 0,
        int $credit = 0,
    ): string {
        return \pack('JNNC', $parent, $remaining, $credit, \strlen($pool)) . $pool
            . \pack('n', \strlen($context)) . $context . $job;
    }

    /** @return array{job: string, context: string, remaining: int, credit: int} */
    public static function job(string $payload): array
    {
        if (\strlen($payload) < 10) {
            throw new WireError('malformed JOB');
        }
        [$remaining, $credit, $size] = \array_values(\unpack('Nremaining/Ncredit/nsize', $payload));
        if (\strlen($payload) < 10 + $size) {
            throw new WireError('malformed JOB');
        }
        $context = \substr($payload, 10, $size);

        return ['job' => \substr($payload, 10 + $size)] + \compact('context', 'remaining', 'credit');
    }

    /** @return array{int, string} the outcome and the body of RESULT and DONE */
    public static function outcome(string $payload): array
    {
        if ($payload === '' || \ord($payload[0]) > self::LAST_OUTCOME) {
            throw new WireError('malformed outcome');
        }

        return [\ord($payload[0]), \substr($payload, 1)];
    }

    /** @return array{float, float, string} the seconds waited and run of a RESULT with timings, and it without them */
    public static function timed(string $payload): array
    {
        if (\strlen($payload) < 9) {
            throw new WireError('malformed RESULT');
        }
        [$waited, $ran] = \array_values(\unpack('Nwaited/Nran', $payload, 1));

        return [$waited / 1e6, $ran / 1e6, \substr_replace($payload, '', 1, 8)];
    }

    /** @return array<string, mixed> a JSON object */
    public static function object(string $payload): array
    {
        $value = \json_decode($payload);
        if (!$value instanceof \stdClass) {
            throw new WireError('payload is not a JSON object');
        }

        return \json_decode($payload, true);
    }
}

/** The peer does not speak the protocol; the connection is of no further use. */
final class WireError extends \RuntimeException {}
