<?php

declare(strict_types=1);

namespace Shop;

/** Asks a warehouse, which takes its time, too. */
final class FetchStock
{
    public function handle(array $args): array
    {
        usleep(250_000);

        return ['sku' => $args['sku'], 'pieces' => 7, 'pid' => getmypid()];
    }
}
