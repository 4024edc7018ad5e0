<?php

declare(strict_types=1);

/**
 * FrankenPHP's loop, in a worker of a pool: wait for a job, give its JSON to `$callback`, answer with the envelope that
 * it returns. False when the worker is to end.
 */
function frankenphp_handle_request(callable $callback): bool
{
    return PogoProxy\Jobs\Worker::handle($callback);
}
