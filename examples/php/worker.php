<?php

/* A worker of the pool `default`: it boots once, then runs job after job. */

declare(strict_types=1);

require __DIR__ . '/src/autoload.php';

$run = static function (string $payload): array {
    ['class' => $class, 'args' => $args] = json_decode($payload, true, 512, JSON_THROW_ON_ERROR);
    if (!str_starts_with($class, 'Shop\\') || !method_exists($class, 'handle')) {
        return ['ok' => false, 'error' => "there is no job $class"];
    }

    return ['ok' => true, 'result' => (new $class())->handle($args)];
};

while (frankenphp_handle_request($run)) {
    gc_collect_cycles();
}
