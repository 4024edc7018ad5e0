"""Do more fronts carry more? The same proxy with one front, and with more, in one run.

    python benchmarks/fronts.py [--rounds 5] [--seconds 2] [--connections 64] [--fronts 1 2]

Requests per second grow with the fronts only where cores are free for them. So it is shown how many the proxy could
have had (those of the machine, less what the load generator, the upstream and everything else took), how many it used,
and the CPU a request costs: where that stays the same, fronts do not stand in each other's way.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import peers
from peers import Peer, Stage, cpu_seconds
from proxy_small import CADDYFILE, measure

_IDLE = slice(3, 5)
"""The columns of /proc/stat for time that nobody used: idle, and waiting for a disk."""


@dataclass(frozen=True)
class Figure:
    """What one run gave. Cores are CPU seconds a second."""

    per_second: float
    cpu: float
    """Microseconds a request."""
    used: float
    free: float
    """Cores that the proxy could have had."""


def measured(peer: Peer, options: argparse.Namespace) -> Figure:
    """Load the proxy once, and see what else the machine did."""
    began, busy, own = time.monotonic(), busy_seconds(), cpu_seconds(peer.pid)
    figure = measure(peer, options.seconds, options.connections)
    seconds = time.monotonic() - began
    used = (cpu_seconds(peer.pid) - own) / seconds
    others = (busy_seconds() - busy) / seconds - used
    return Figure(figure.per_second, figure.cpu, used, (os.cpu_count() or 1) - others)


def busy_seconds() -> float:
    """CPU time of everything that runs on this machine."""
    columns = [int(column) for column in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return (sum(columns) - sum(columns[_IDLE])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Run all, print a table."""
    parser = peers.options(__doc__ or "", connections=64)
    parser.add_argument("--fronts", type=int, nargs="+", default=[1, 2])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stage = Stage(Path(folder), stack)
        upstream = stage.start_upstream(b"x" * 12)
        started = {}
        for count in options.fronts:
            config = CADDYFILE.replace("admin off", f"admin off\n    fronts {count}")
            started[count] = stage.start("pogoproxy", config, name=f"fronts-{count}", upstream=upstream)
            measured(started[count], options)
        rounds: dict[int, list[Figure]] = {count: [] for count in started}
        for _ in range(options.rounds):
            for count, peer in started.items():
                rounds[count].append(measured(peer, options))
    report(rounds, options)


def report(rounds: dict[int, list[Figure]], options: argparse.Namespace) -> None:
    """The table, by the medians."""
    print(f"{options.connections} connections, {options.rounds} × {options.seconds} s, {os.cpu_count()} cores")
    print(f"{'fronts':>6} {'req/s':>9} {'of first':>9} {'CPU µs/req':>11} {'cores used':>11} {'cores free':>11}")
    first = 0.0
    for count, found in rounds.items():
        per_second, cpu, used, free = (
            statistics.median(getattr(figure, name) for figure in found)
            for name in ("per_second", "cpu", "used", "free")
        )
        first = first or per_second
        print(f"{count:6} {per_second:9.0f} {per_second / first:9.2f} {cpu:11.1f} {used:11.2f} {free:11.2f}")


if __name__ == "__main__":
    main()
