<?php

/* What the PHP client makes of the vectors in tests/wire: a JSON list of failures, which should be empty. */

declare(strict_types=1);

use PogoProxy\Jobs\Wire;
use PogoProxy\Jobs\WireError;

require __DIR__ . '/../../pogoproxy/jobs/php/Wire.php';

$outcomes = ['DONE' => 0, 'ERROR' => 1, 'CANCELLED' => 2, 'TIMEOUT' => 3, 'REJECTED' => 4, 'LOST' => 5];
$wrong = [];
$check = static function (string $name, mixed $found, mixed $expected) use (&$wrong): void {
    if ($found !== $expected) {
        $wrong[] = ['name' => $name, 'found' => bin2hex(serialize($found)), 'expected' => bin2hex(serialize($expected))];
    }
};
$vectors = static fn (string $name): array => json_decode(file_get_contents(__DIR__ . "/../wire/$name.json"), true);

// PHP's integers are signed: the largest id is the same 64 bits.
$number = static fn (string $id): int => $id === '18446744073709551615' ? -1 : (int) $id;

foreach ($vectors('frames') as $case) {
    [$kind, $id, $payload] = [constant(Wire::class . "::{$case['kind']}"), $number($case['id']), hex2bin($case['payload'])];
    $check($case['name'], Wire::frame($kind, $id, $payload), hex2bin($case['bytes']));
    $check($case['name'], Wire::head(substr(hex2bin($case['bytes']), 0, 13)), [strlen($payload), $kind, $id]);
}
foreach ($vectors('payloads') as ['name' => $name, 'kind' => $kind, 'value' => $value, 'bytes' => $bytes]) {
    $bytes = hex2bin($bytes);
    match ($kind) {
        'SPAWN' => $check($name, Wire::spawn(
            $value['pool'],
            $value['job'],
            $value['context'],
            $value['remaining_ms'],
            (int) $value['parent'],
            $value['credit'],
        ), $bytes),
        'JOB' => $check($name, Wire::job($bytes), [
            'job' => $value['job'],
            'context' => $value['context'],
            'remaining' => $value['remaining_ms'],
            'credit' => $value['credit'],
        ]),
        'DONE', 'RESULT' => $check($name, Wire::outcome($bytes), [$outcomes[$value['outcome']], $value['body']]),
        'TIMED_RESULT' => $check($name, Wire::timed($bytes), [
            $value['waited_us'] / 1e6,
            $value['ran_us'] / 1e6,
            \chr($outcomes[$value['outcome']]) . $value['body'],
        ]),
        'CREDIT' => null, // for partial results, which this client never asks for
    };
}
foreach ($vectors('malformed') as ['name' => $name, 'kind' => $kind, 'bytes' => $bytes]) {
    $read = match ($kind) {
        'JOB' => Wire::job(...),
        'RESULT' => Wire::outcome(...),
        'TIMED_RESULT' => Wire::timed(...),
        'HELLO' => Wire::object(...),
        'SPAWN', 'CREDIT' => static fn () => throw new WireError('only the broker reads these'),
    };
    try {
        $read(hex2bin($bytes));
        $wrong[] = ['name' => $name, 'found' => 'it was taken'];
    } catch (WireError) {
        continue;
    }
}
echo json_encode($wrong);
