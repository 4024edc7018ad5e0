<?php

declare(strict_types=1);

require dirname(__DIR__) . '/src/autoload.php';

$start = hrtime(true);
$tasks = [
    'price' => pogo_spawn(Shop\FetchPrice::class, ['sku' => 'A-100']),
    'stock' => pogo_spawn(Shop\FetchStock::class, ['sku' => 'A-100']),
    'forecast' => pogo_spawn('forecast:Demand', ['sku' => 'A-100', 'days' => 7], 'forecast'),
];

$found = [];
foreach ($tasks as $name => $task) {
    try {
        $found[$name] = pogo_await($task, 2.0);
    } catch (RuntimeException $exception) {
        $found[$name] = ['error' => $exception->getMessage()]; // the page does without
    }
}

header('Content-Type: application/json');
echo json_encode([
    'product' => $found,
    'workers' => ['default' => pogo_pool_size(), 'forecast' => pogo_pool_size('forecast')],
    'elapsed_ms' => intdiv(hrtime(true) - $start, 1_000_000),
], JSON_THROW_ON_ERROR | JSON_PRETTY_PRINT);
