"""What does a small answer of an ASGI application cost? `app`, and Caddy in front of uvicorn, in one run.

    python benchmarks/app.py [--rounds 5] [--seconds 2] [--connections 64] [--workers 1]

Both run the same application with as many workers, on uvloop and httptools, without access logs. Prints requests per
second, and CPU microseconds per request of the whole process trees, applications included, which is the figure to
compare. Both run at once and are loaded in turn; each figure is the median of its rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from pathlib import Path

import peers
from peers import Peer, Stage, free_port
from proxy_small import Figure, measure, median

_APPLICATION = """
async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"hello, world"})
"""

_CADDYFILE = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http://127.0.0.1:{port} {{
    %s
}}
"""

_APP = """app hello:application {{
        workers %d
        chdir {folder}
    }}"""


def start(stage: Stage, workers: int) -> dict[str, tuple[Peer, int | None]]:
    """Both, each with the process id of what is behind it and not of its own tree."""
    (stage.folder / "hello.py").write_text(_APPLICATION)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "hello:application", "--app-dir", str(stage.folder)]
    command += ["--port", str(port), "--workers", str(workers), "--no-access-log", "--log-level", "warning"]
    uvicorn = stage.run("uvicorn", [*command, "--loop", "uvloop", "--http", "httptools"], port)
    return {
        "caddy and uvicorn": (stage.start("caddy", _CADDYFILE % f"reverse_proxy 127.0.0.1:{port}"), uvicorn),
        "pogoproxy": (stage.start("pogoproxy", _CADDYFILE % (_APP % workers)), None),
    }


def main() -> None:
    """Run both, print a table."""
    parser = peers.options(__doc__ or "", connections=64)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        started = start(Stage(Path(folder), stack, options.caddy), options.workers)
        for peer, behind in started.values():
            measure(peer, 1, options.connections, behind)
        figures: dict[str, list[Figure]] = {name: [] for name in started}
        for _ in range(options.rounds):
            for name, (peer, behind) in started.items():
                figures[name].append(measure(peer, options.seconds, options.connections, behind))
    report({name: median(rounds) for name, rounds in figures.items()}, options)


def report(found: dict[str, Figure], options: argparse.Namespace) -> None:
    """The table."""
    print(f"{options.connections} connections, {options.rounds} × {options.seconds} s, workers: {options.workers}")
    print(f"{'':18} {'req/s':>9} {'CPU µs/req':>11} {'p99':>9} {'ratio':>6}")
    base = found["caddy and uvicorn"].cpu
    for name, figure in found.items():
        ratio = figure.cpu / base
        print(
            f"{name:18} {figure.per_second:9.0f} {figure.cpu:11.1f} {figure.p99:6.1f} ms {ratio:6.2f} {figure.errors}"
        )


if __name__ == "__main__":
    main()
