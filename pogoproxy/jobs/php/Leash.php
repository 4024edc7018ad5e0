<?php

declare(strict_types=1);

namespace PogoProxy\Jobs;

/**
 * The line to the front that serves this request. It says that the request has been begun with; and when it ends
 * without a word, the client has left.
 */
final class Leash
{
    private const ANSWERED = '+';

    /** @var resource|null */
    private static $stream = null;
    private static bool $isConnected = false;

    /** Before the page, where a request waits only so long for a process: tell the front, or end if it is too late. */
    public static function begin(): void
    {
        $until = (float) (\explode(' ', $_SERVER['POGO_REQUEST'], 3)[1] ?? 0);
        if ($until > 0) {
            if (\hrtime(true) / 1e9 > $until) {
                exit;
            }
            self::stream();
        }
    }

    /** @return resource|null what to watch; nothing where no front is to be heard of, or not any more */
    public static function stream()
    {
        if (!self::$isConnected) {
            self::$isConnected = true;
            [$number, , $path] = \explode(' ', $_SERVER['POGO_REQUEST'] ?? '', 3) + ['', '', ''];
            $stream = $path === '' ? false : @\stream_socket_client("unix://$path", $code, $message, 1.0);
            if ($stream !== false) {
                @\fwrite($stream, $number);
                self::$stream = $stream;
            }
        }

        return self::$stream;
    }

    /** There is news on it. A RuntimeException if the client has left. */
    public static function read(): void
    {
        if (@\fread(self::$stream, 1) !== self::ANSWERED) {
            throw new \RuntimeException('Pogo request has ended');
        }
        self::$stream = null;
    }
}
