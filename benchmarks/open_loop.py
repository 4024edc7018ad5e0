"""How late are answers at a steady rate? pogoproxy and Caddy before the same nginx, at 40 % of pogoproxy's maximum.

    python benchmarks/open_loop.py [--rounds 5] [--seconds 4] [--connections 64] [--share 0.4] [--rate N]

Requests are sent when they are due, whether or not those before were answered, and a latency counts from when its
request was due: a proxy that stalls is not spared the requests that would have come meanwhile. The median of the
rounds is shown. The load generator shares the machine's cores, for all alike.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import statistics
import tempfile
from collections import deque
from pathlib import Path
from typing import cast

import peers
import uvloop
from proxy_small import measure, start

_TICK = 0.001
"""Seconds between two looks at what is due."""

_SHOWN = (50, 99, 99.9)
"""Percentiles."""


class Client(asyncio.Protocol):
    """One keep-alive connection. `due` is when the request under way should have gone out."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._heard = b""
        self.due = 0.0
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready for a request."""
        self.transport = cast(asyncio.WriteTransport, transport)
        self._load.idle.append(self)

    def data_received(self, data: bytes) -> None:
        """An answer is over when its head and the known length of its body are there."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if end and len(body) >= self._load.body:
            assert head.startswith(b"HTTP/1.1 200"), head
            self._heard = b""
            self._load.answered(self)


class Load:
    """Requests at `rate` a second for some seconds."""

    def __init__(self, port: int, rate: float, body: int) -> None:
        self.body = body
        self.idle: list[Client] = []
        self.latencies: list[float] = []
        self._port = port
        self._rate = rate
        self._waiting: deque[float] = deque()
        self._request = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port
        self._loop = asyncio.get_running_loop()

    async def run(self, seconds: float, connections: int) -> list[float]:
        """The latencies in seconds, the smallest first."""
        for _ in range(connections):
            await self._loop.create_connection(lambda: Client(self), "127.0.0.1", self._port)
        clients = self.idle.copy()
        total, sent, began = int(seconds * self._rate), 0, self._loop.time()
        while len(self.latencies) < total and self._loop.time() < began + 2 * seconds + 10:
            while sent < total and (due := began + sent / self._rate) <= self._loop.time():
                self._send(due)
                sent += 1
            await asyncio.sleep(_TICK)
        for client in clients:
            assert client.transport is not None
            client.transport.close()
        if len(self.latencies) < total:
            raise SystemExit(f"{total - len(self.latencies)} requests were not answered")
        return sorted(self.latencies)

    def _send(self, due: float) -> None:
        if not self.idle:
            self._waiting.append(due)
            return
        client = self.idle.pop()
        client.due = due
        assert client.transport is not None
        client.transport.write(self._request)

    def answered(self, client: Client) -> None:
        """The connection is free for what waits."""
        self.latencies.append(self._loop.time() - client.due)
        self.idle.append(client)
        if self._waiting:
            self._send(self._waiting.popleft())


def latencies(port: int, rate: float, options: argparse.Namespace) -> list[float]:
    """Milliseconds at each percentile that is shown."""

    async def load() -> list[float]:
        return await Load(port, rate, options.body).run(options.seconds, options.connections)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(load())
    return [found[int(len(found) * percent / 100)] * 1000 for percent in _SHOWN]


def main() -> None:
    """Run both, print a table."""
    parser = peers.options(__doc__ or "", seconds=4, connections=64)
    parser.add_argument("--body", type=int, default=12, help="bytes of the answer")
    parser.add_argument("--share", type=float, default=0.4, help="of pogoproxy's maximum")
    parser.add_argument("--rate", type=float, help="requests a second, in the place of a share")
    parser.add_argument("--only", nargs="+", default=["caddy", "pogoproxy"])
    options = parser.parse_args()
    options.featured = False
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        started = start(Path(folder), options, stack)
        rate = options.rate
        if rate is None:
            rate = options.share * measure(started["pogoproxy"], options.seconds, options.connections).per_second
        rounds: dict[str, list[list[float]]] = {name: [] for name in started}
        for _ in range(options.rounds):
            for name, peer in started.items():
                rounds[name].append(latencies(peer.port, rate, options))
    print(f"{rate:.0f} requests/s on {options.connections} connections, milliseconds, {os.cpu_count()} cores")
    print(f"{'':10}" + "".join(f"{f'p{percent:g}':>9}" for percent in _SHOWN))
    for name, found in rounds.items():
        print(f"{name:10}" + "".join(f"{statistics.median(column):9.2f}" for column in zip(*found, strict=True)))


if __name__ == "__main__":
    main()
