"""`pogoproxy pools`: the job pools of a running server, live in a terminal, once into a pipe."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable
from typing import Any

from ..config.root import Admin
from ._admin import get
from ._config import add_config_arguments, read_admin

NAME = "pools"
HELP = "Show the job pools of a running server: slots, queue, times and outcomes"

_OUTCOMES = ("done", "error", "cancelled", "timeout", "rejected", "lost")
_HEADINGS = ("pool", "slots", "busy", "queue", "wait p50", "p99", "run p50", "p99", *_OUTCOMES, "restarts")
_CLEAR = "\x1b[H\x1b[J"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the server is, and how often to look."""
    add_config_arguments(parser)
    parser.add_argument("--address", default="", metavar="HOST:PORT", help="the admin API (default: as configured)")
    parser.add_argument("--once", action="store_true", help="show them once, also in a terminal")
    parser.add_argument("--interval", type=float, default=1.0, metavar="SECONDS", help="between two looks (default: 1)")


def run(args: argparse.Namespace) -> int:
    """Show them until interrupted; RuntimeFault when the server does not answer."""
    admin = read_admin(args)
    if args.once or not sys.stdout.isatty():
        print(_look(admin, args.address))
        return 0
    while True:
        print(f"{_CLEAR}{_look(admin, args.address)}", flush=True)
        time.sleep(max(0.1, args.interval))


def _look(admin: Admin | None, address: str) -> str:
    return table(json.loads(get(admin, address, "/pogo/pools")))


def table(pools: Iterable[dict[str, Any]]) -> str:
    """The answer of the admin API as aligned columns: names to the left, numbers to the right."""
    rows = [_HEADINGS, *map(_row, pools)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join((name.ljust(widths[0]), *map(str.rjust, numbers, widths[1:]))) for name, *numbers in rows
    )


def _row(pool: dict[str, Any]) -> tuple[str, ...]:
    times = (pool[key][share] for key in ("wait", "run") for share in ("p50", "p99"))
    counts = (str(pool["ended"][outcome]) for outcome in _OUTCOMES)
    gauges = (str(pool[key]) for key in ("slots", "busy", "queued"))
    return (pool["name"], *gauges, *map(_shown, times), *counts, str(pool["restarts"]))


def _shown(seconds: float | None) -> str:
    if seconds is None:
        return "> 30s"
    return f"{seconds:g}s" if seconds >= 1 else f"{seconds * 1000:g}ms"
