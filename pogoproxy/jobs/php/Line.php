<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

require_once __DIR__ . '/Wire.php';

/** A connection to the broker: frames out, frames in. A RuntimeException from it means that it is lost. */
final class Line
{
    private const HANDSHAKE_TIMEOUT = 5.0;
    private const CHUNK = 256 << 10;

    /** @var array<string, mixed> what the broker said first */
    public readonly array $welcome;
    /** Whether the front's line to this request is watched, too, while a frame is waited for. */
    public bool $hasLeash = false;
    /** Bytes that a payload may have. */
    public int $limit = 1 << 20;
    /** @var resource */
    private $stream;
    private string $buffer = '';

    /** @param array<string, mixed> $hello */
    public function __construct(string $path, array $hello)
    {
        $stream = @\stream_socket_client("unix://$path", $code, $message, self::HANDSHAKE_TIMEOUT);
        if ($stream === false) {
            throw new \RuntimeException("Pogo broker at $path cannot be reached: $message");
        }
        // Without a buffer of PHP's own, `stream_select` tells the truth and large frames come in large pieces.
        \stream_set_read_buffer($stream, 0);
        $this->stream = $stream;
        $this->send(Wire::HELLO, 0, \json_encode(['version' => Wire::VERSION] + $hello));
        [$kind, , $payload] = $this->receive(self::in(self::HANDSHAKE_TIMEOUT)) ?? [0, 0, ''];
        if ($kind !== Wire::WELCOME) {
            throw new WireError('the peer is no Pogo broker');
        }
        $this->welcome = Wire::object($payload);
        if (isset($this->welcome['error'])) {
            throw new \RuntimeException("Pogo broker at $path: {$this->welcome['error']}");
        }
        $this->limit = $this->welcome['limit'];
    }

    /** The moment that many seconds from now; null if that is never. */
    public static function in(float $seconds): ?float
    {
        return \is_infinite($seconds) ? null : self::now() + $seconds;
    }

    /** Seconds on a clock that nobody sets. */
    public static function now(): float
    {
        return \hrtime(true) / 1e9;
    }

    /** Write a frame, whole. */
    public function send(int $kind, int $id, string $payload = ''): void
    {
        $data = Wire::frame($kind, $id, $payload);
        for ($sent = 0; $sent < \strlen($data); $sent += $written) {
            $written = @\fwrite($this->stream, $sent === 0 ? $data : \substr($data, $sent));
            if (!$written) {
                throw new \RuntimeException('the connection to the Pogo broker was lost');
            }
        }
    }

    /**
     * The next frame; null if none is complete at the deadline, which may have passed already.
     *
     * @return array{int, int, string}|null
     */
    public function receive(?float $deadline): ?array
    {
        while (($frame = $this->take()) === null) {
            if (!$this->isReadable($deadline)) {
                return null;
            }
            $data = @\fread($this->stream, self::CHUNK);
            if ($data === false || $data === '') {
                throw new \RuntimeException('the connection to the Pogo broker was lost');
            }
            $this->buffer .= $data;
        }

        return $frame;
    }

    /** @return array{int, int, string}|null */
    private function take(): ?array
    {
        if (\strlen($this->buffer) < Wire::HEAD_SIZE) {
            return null;
        }
        [$length, $kind, $id] = Wire::head($this->buffer);
        if ($length > $this->limit) {
            throw new WireError("frame of $length bytes is over the limit of {$this->limit}");
        }
        $end = Wire::HEAD_SIZE + $length;
        if (\strlen($this->buffer) < $end) {
            return null;
        }
        $payload = \substr($this->buffer, Wire::HEAD_SIZE, $length);
        $this->buffer = \substr($this->buffer, $end);

        return [$kind, $id, $payload];
    }

    private function isReadable(?float $deadline): bool
    {
        do {
            $leash = $this->hasLeash ? Leash::stream() : null;
            $read = \array_filter([$this->stream, $leash]);
            $none = null;
            $left = $deadline === null ? null : \max(0.0, $deadline - self::now());
            $seconds = $left === null ? null : (int) $left;
            $rest = $left === null ? null : (int) (($left - $seconds) * 1e6);
            // False is a signal that came in between.
            @\stream_select($read, $none, $none, $seconds, $rest);
            if ($leash !== null && \in_array($leash, $read, true)) {
                Leash::read();
            }
            $found = \in_array($this->stream, $read, true);
        } while (!$found && ($deadline === null || self::now() < $deadline));

        return $found;
    }
}
