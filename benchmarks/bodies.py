"""What do large bodies cost a reverse proxy? pogoproxy, nginx and Caddy before the same upstream, in one run.

    python benchmarks/bodies.py [--rounds 3] [--seconds 2] [--connections 4] [--size 1048576]
        [--only down up h2-down h2-up tls-down tls-up]

Answers (`down`) and requests (`up`) of `--size` bytes over HTTP/1.1, over HTTP/2 without TLS, and over HTTP/1.1 with
TLS 1.3; the upstream is spoken to by HTTP/1.1. Prints CPU seconds per GiB of each proxy's whole process tree, GiB per
second, and by how many MiB the tree's memory (proportional set size) grew at its height. All run at once and are loaded
in turn; each figure is the median of its rounds, the memory their largest.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import re
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import peers
import uvloop
from peers import Peer, Stage, cpu_seconds, free_port, memory, nginx
from tls import write_certificate

NGINX = """
    ssl_protocols TLSv1.3; ssl_certificate {folder}/bench.crt; ssl_certificate_key {folder}/bench.key;
    server {{ listen 127.0.0.1:{probe}; return 200 ok; }}
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 64; keepalive_requests 1000000000; }}
    upstream sink {{ server 127.0.0.1:{sink}; keepalive 64; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} %s backlog=4096; client_max_body_size 0;
        proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0;
        location / {{ proxy_pass http://origin; }}
        location /up {{ proxy_pass http://sink; proxy_request_buffering off; }}
    }}
"""

CADDYFILE = """
{{
    admin off
    auto_https off
    storage file_system {folder}/data
    log {{
        level ERROR
    }}
    servers {{
        protocols %s
    }}
}}
http://127.0.0.1:{probe} {{
    respond ok
}}
%s://localhost:{port} {{
    bind 127.0.0.1
    reverse_proxy /up 127.0.0.1:{sink}
    reverse_proxy 127.0.0.1:{upstream}
    %s
}}
"""

_TLS = "tls {folder}/bench.crt {folder}/bench.key"
WAYS = {"h1": ("", ("h1", "http", "")), "h2": ("http2", ("h1 h2c", "http", "")), "tls": ("ssl", ("h1", "https", _TLS))}
"""What nginx is told of its port, and what the Caddyfile says."""

CASES = ("down", "up", "h2-down", "h2-up", "tls-down", "tls-up")
GIB = 1024**3


class Sink(asyncio.BufferedProtocol):
    """An upstream that takes what it is sent, and answers when it has all of it."""

    _ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    _buffer = bytearray(1024 * 1024)

    def __init__(self) -> None:
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._head = b""

    def get_buffer(self, _: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        if not self._left:
            head, end, rest = (self._head + self._buffer[:count]).partition(b"\r\n\r\n")
            if not end:
                self._head = head
                return
            self._head = b""
            found = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            self._left, count = int(found[1]) if found else 0, len(rest)
        self._left -= count
        if not self._left:
            self._transport.write(self._ANSWER)


def sink(port: int) -> None:
    """Run it."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port, backlog=4096)
        await server.serve_forever()

    uvloop.run(serve())


@dataclass(frozen=True)
class Figure:
    """What one run gave: CPU seconds per GiB, GiB per second, and bytes of memory more than before."""

    cpu: float
    rate: float
    memory: int


class Loads:
    """The load generators, and what they send."""

    def __init__(self, folder: Path, size: int, seconds: int, connections: int) -> None:
        self._size = size
        self._seconds = seconds
        self._connections = connections
        self._body = folder / "body"
        self._body.write_bytes(bytes(size))
        self._script = folder / "post.lua"
        self._script.write_text(f'wrk.method = "POST"\nwrk.body = string.rep("x", {size})\n')

    def run(self, case: str, port: int) -> int:
        """How many bytes went through."""
        said = subprocess.run(self._command(case, port), capture_output=True, text=True, check=True, timeout=120).stdout
        found = re.search(r"(\d+) requests in|(\d+) done, (?=\2 succeeded)", said)
        assert found is not None and "Non-2xx" not in said, said
        return int(found[1] or found[2]) * self._size

    def _command(self, case: str, port: int) -> list[str]:
        scheme = "https" if case.startswith("tls") else "http"
        url = f"{scheme}://localhost:{port}/{'up' if case.endswith('up') else ''}"
        if case.startswith("h2"):
            body = ["-d", str(self._body)] if case == "h2-up" else []
            return ["h2load", f"-D{self._seconds}", f"-c{self._connections}", "-m4", *body, url]
        script = ["-s", str(self._script)] if case.endswith("up") else []
        return ["wrk", "-t1", f"-c{self._connections}", f"-d{self._seconds}s", *script, url]

    def measure(self, case: str, peer: Peer) -> Figure:
        """Load once."""
        with Watch(peer.pid) as watch:
            before = cpu_seconds(peer.pid)
            sent = self.run(case, peer.port)
            used = cpu_seconds(peer.pid) - before
        return Figure(used / sent * GIB, sent / GIB / self._seconds, watch.growth)


class Watch:
    """By how much a process tree's memory grows while the context lasts."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.growth = 0

    def __enter__(self) -> Watch:
        self._before = memory(self._pid)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.1):
            self.growth = max(self.growth, memory(self._pid) - self._before)


@contextlib.contextmanager
def sink_running() -> Iterator[int]:
    """The port of a `Sink`."""
    port = free_port()
    process = multiprocessing.get_context("fork").Process(target=sink, args=(port,), daemon=True)
    process.start()
    try:
        yield port
    finally:
        process.terminate()
        process.join()


def start(case: str, stage: Stage, ports: dict[str, int]) -> dict[str, Peer]:
    """Start all proxies; each is asked on another port whether it is there."""
    for_nginx, for_caddy = WAYS[case.rpartition("-")[0] or "h1"]
    caddyfile = CADDYFILE % for_caddy
    configs = {"nginx": nginx(NGINX % for_nginx), "caddy": caddyfile, "pogoproxy": caddyfile}
    return {server: stage.start(server, config, probe=free_port(), **ports) for server, config in configs.items()}


def compare(case: str, started: dict[str, Peer], loads: Loads, rounds: int) -> dict[str, Figure]:
    """The middle of all rounds, by proxy."""
    found: dict[str, list[Figure]] = {server: [] for server in started}
    for number in range(rounds + 1):
        for server, peer in started.items():
            figure = loads.measure(case, peer)
            if number:  # the first is for warming up
                found[server].append(figure)
    return {server: median(figures) for server, figures in found.items()}


def median(figures: list[Figure]) -> Figure:
    """The middle of each column, but the largest of the memory."""
    return Figure(
        statistics.median(figure.cpu for figure in figures),
        statistics.median(figure.rate for figure in figures),
        max(figure.memory for figure in figures),
    )


def report(case: str, found: dict[str, Figure]) -> None:
    """The lines of one case."""
    for server, figure in found.items():
        said = f"{case:8} {server:10} {figure.cpu:6.2f} CPU s/GiB {figure.rate:6.2f} GiB/s"
        ratio = f"{figure.cpu / found['caddy'].cpu:.2f} of Caddy"
        print(f"{said} {figure.memory / 1024**2:5.0f} MiB more  {ratio}", flush=True)


def main() -> None:
    """Run all, print a table."""
    parser = peers.options(__doc__ or "", connections=4, rounds=3)
    parser.add_argument("--size", type=int, default=1024 * 1024, help="bytes of a body")
    parser.add_argument("--only", nargs="+", default=list(CASES), choices=CASES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, sink_running() as port, contextlib.ExitStack() as stack:
        write_certificate(Path(name), "bench", "localhost")
        stage = Stage(Path(name), stack, options.caddy)
        ports = {"upstream": stage.start_upstream(bytes(options.size)), "sink": port}
        loads = Loads(Path(name), options.size, options.seconds, options.connections)
        print(f"{options.size} bytes, {options.connections} connections, {options.rounds} × {options.seconds} s each")
        for case in options.only:
            with contextlib.ExitStack() as proxies:
                started = start(case, Stage(stage.folder, proxies, stage.caddy), ports)
                report(case, compare(case, started, loads, options.rounds))


if __name__ == "__main__":
    main()
