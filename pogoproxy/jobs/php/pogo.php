<?php

/* The three functions of y-l-g/pogo, by their signatures and with their errors: each is a RuntimeException. */

declare(strict_types=1);

/** Start a job, an instance of `$class` whose `handle($args)` is called in a worker of `$pool`; its number. */
function pogo_spawn(string $class, array $args = [], string $pool = 'default'): int
{
    require_once __DIR__ . '/Client.php';

    return PogoProxy\Jobs\Client::spawn($class, $args, $pool);
}

/** The result of a job, which can be taken once. After `$timeout` seconds the job is given up. */
function pogo_await(int $task, float $timeout = 5.0): mixed
{
    require_once __DIR__ . '/Client.php';

    return PogoProxy\Jobs\Client::await($task, $timeout);
}

/** How many jobs of that pool run at once. */
function pogo_pool_size(string $pool = 'default'): int
{
    require_once __DIR__ . '/Client.php';

    return PogoProxy\Jobs\Client::poolSize($pool);
}
