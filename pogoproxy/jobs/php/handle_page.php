<?php

declare(strict_types=1);

/**
 * FrankenPHP's loop, in a script that is a worker there: here it is booted for each request, so that the loop goes
 * round once, with the request's own superglobals.
 */
function frankenphp_handle_request(callable $callback): bool
{
    static $rounds = 0;
    if ($rounds++ > 0) {
        return false;
    }
    $callback();

    return true;
}
