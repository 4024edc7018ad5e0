<?php

declare(strict_types=1);

namespace PogoProxy;

/** Tell the front that its request has a process now; or end at once, if it came too late and nobody waits any more. */
function begun(string $request): void
{
    [$number, $until, $path] = \explode(' ', $request, 3);
    if (\hrtime(true) / 1e9 > (float) $until) {
        exit;
    }
    $socket = @\stream_socket_client("udg://$path");
    if ($socket !== false) {
        @\fwrite($socket, $number);
    }
    unset($_SERVER['POGO_BEGUN']);
}
