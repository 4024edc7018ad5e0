<?php

/*
 * What every PHP process of pogoproxy runs first (auto_prepend_file): it declares the functions of Pogo and of
 * FrankenPHP that an application may call. It sets no variable and registers nothing, so that a page that spawns no job
 * pays for the declarations only.
 */

declare(strict_types=1);

require __DIR__ . '/pogo.php';

if (\PHP_SAPI === 'cli' && getenv('POGO_WORKER_SECRET', true) !== false) {
    require __DIR__ . '/Worker.php';
    require __DIR__ . '/handle_job.php';
    PogoProxy\Jobs\Worker::prepare();
}
if (isset($_SERVER['POGO_REQUEST'])) {
    require __DIR__ . '/Leash.php';
    PogoProxy\Jobs\Leash::begin();
}
if (($_SERVER['FRANKENPHP_WORKER'] ?? '') === '1') {
    require __DIR__ . '/handle_page.php';
}
