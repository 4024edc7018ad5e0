<?php

declare(strict_types=1);

namespace Shop;

/** Asks a price service, which takes its time. */
final class FetchPrice
{
    public function handle(array $args): array
    {
        usleep(250_000);

        return ['sku' => $args['sku'], 'cents' => 1990, 'pid' => getmypid()];
    }
}
