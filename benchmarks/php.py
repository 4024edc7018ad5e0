"""What does a PHP page gain by spawning its work? The same page that does it serially, beside it, in one run.

    python benchmarks/php.py [--seconds 1] [--slots 10]

One client asks one page after the other; figures are medians in milliseconds. The work is waiting, as for another
service, or computing, which gains no more than there are cores; with neither, what is left is what the jobs cost.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import statistics
import tempfile
import time
from pathlib import Path

from peers import Stage

CADDYFILE = """
{{
    admin off
    frankenphp {{
        num_threads 2
    }}
    pogo {{
        worker {folder}/worker.php
        num_threads %d
    }}
}}
http://127.0.0.1:{port} {{
    root {folder}/public
    php_server
}}
"""
WORK = """<?php
function work(string $kind): int {
    match ($kind) {
        'waits' => usleep(20_000),
        'computes' => hash_pbkdf2('sha256', 'password', 'salt', 20_000),
        'nothing' => null,
    };
    return getmypid();
}
"""
WORKER = """<?php
require 'work.php';
while (frankenphp_handle_request(function (string $json): array {
    ['args' => $args] = json_decode($json, true);
    return ['ok' => true, 'result' => work($args['kind'])];
})) {}
"""
PAGE = """<?php
require '../work.php';
['kind' => $kind, 'jobs' => $jobs, 'how' => $how] = $_GET + ['kind' => 'nothing', 'jobs' => 1, 'how' => 'serial'];
$each = range(1, (int) $jobs);
$done = $how === 'serial'
    ? array_map(fn () => work($kind), $each)
    : array_map(pogo_await(...), array_map(fn () => pogo_spawn('Work', ['kind' => $kind]), $each));
echo json_encode($done);
"""


def milliseconds(port: int, path: str, seconds: float) -> float:
    """The median of a page's times."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        begin = time.perf_counter()
        connection.request("GET", path)
        answer = connection.getresponse()
        assert answer.read().startswith(b"[") and answer.status == 200
        times.append((time.perf_counter() - begin) * 1e3)
    connection.close()
    return statistics.median(times)


def compare(port: int, seconds: float) -> None:
    print("  each job   jobs    serially     spawned")
    for kind in ("waits", "computes", "nothing"):
        for jobs in (1, 5, 10):
            serially, spawned = (
                milliseconds(port, f"/?kind={kind}&jobs={jobs}&how={how}", seconds) for how in ("serial", "spawned")
            )
            print(f"  {kind:9} {jobs:5} {serially:8.2f} ms {spawned:8.2f} ms   {serially / spawned:5.2f} x as fast")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=1.0)
    options.add_argument("--slots", type=int, default=10)
    given = options.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {given.slots} slots")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "public").mkdir()
        for name, text in {"work.php": WORK, "worker.php": WORKER, "public/index.php": PAGE}.items():
            (folder / name).write_text(text)
        compare(Stage(folder, stack).start("pogoproxy", CADDYFILE % given.slots).port, given.seconds)


if __name__ == "__main__":
    main()
