"""What do ten thousand slow clients cost the others? Latency of a pogoproxy without them and with them.

    python benchmarks/slow_clients.py [--slow 10000] [--requests 2000] [--rate 200]

Half of the slow ones send a header, the others a body, a byte each few seconds. The others ask at a fixed rate, each
on a connection of its own, whatever the answers take (an open loop), so that waiting is not hidden. Needs as many open
files as there are slow clients, here and in each front.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

CADDYFILE = """
{{
    admin off
    fronts 2
}}
:{port} {{
    reverse_proxy 127.0.0.1:{upstream}
}}
"""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
SLOW = (
    b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow: ",
    b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n",
)
BREATH = 10.0
"""Seconds between two bytes of a slow client."""


class Upstream(asyncio.Protocol):
    """Answers a GET at once, and swallows bodies."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """A small head comes in one piece."""
        if data.startswith(b"GET "):
            self._transport.write(OK)


async def ask(port: int) -> float:
    """Seconds that one request takes, its connection included."""
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    answer = await reader.read()
    writer.close()
    assert answer.endswith(b"ok"), answer
    return time.perf_counter() - began


async def latencies(port: int, requests: int, rate: float) -> list[float]:
    """Those of requests at a fixed rate."""
    asked = []
    due = time.perf_counter()
    for _ in range(requests):
        due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        asked.append(asyncio.create_task(ask(port)))
    return await asyncio.gather(*asked)


async def trickle(port: int, start: bytes) -> None:
    """One slow client."""
    with contextlib.suppress(ConnectionError):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(start)
        while True:
            await asyncio.sleep(BREATH)
            writer.write(b"x")
            await writer.drain()


async def hold(port: int, count: int) -> None:
    """Be so many slow clients, and say so once all are connected; at a line of input, say how many still are."""
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(trickle(port, SLOW[number % 2])))
        if number % 100 == 99:
            await asyncio.sleep(0.05)
    await asyncio.sleep(BREATH)
    print("held", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(sum(not task.done() for task in tasks), flush=True)


@contextlib.contextmanager
def slow_clients(port: int, count: int) -> Iterator[subprocess.Popen[str]]:
    """So many in a process of their own, since what they cost there is nobody's latency."""
    command = [sys.executable, __file__, "--port", str(port), "--hold", str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@contextlib.contextmanager
def pogoproxy(port: int, behind: int) -> Iterator[None]:
    """A pogoproxy that was started."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "Caddyfile")
        config.write_text(CADDYFILE.format(port=port, upstream=behind))
        process = subprocess.Popen([sys.executable, "-m", "pogoproxy", "run", str(config)], stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.send_signal(signal.SIGQUIT)
            process.wait(30)


async def answers(port: int) -> None:
    """Wait until it does."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError, AssertionError):
                await ask(port)
                return
            await asyncio.sleep(0.1)


def show(name: str, seconds: list[float]) -> None:
    """One line of milliseconds."""
    cuts = statistics.quantiles(seconds, n=1000)
    print(
        f"{name:>24}  p50 {cuts[499] * 1e3:7.2f} ms   p99 {cuts[989] * 1e3:7.2f} ms   max {max(seconds) * 1e3:7.2f} ms"
    )


async def main() -> None:
    """Start all, and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--port", type=int, default=18080)
    parser.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if options.hold:
        return await hold(options.port, options.hold)
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", 0, backlog=4096)
    async with server:
        with pogoproxy(options.port, server.sockets[0].getsockname()[1]):
            await measure(options)
    return None


async def measure(options: argparse.Namespace) -> None:
    """Without the slow ones, and with them."""
    await answers(options.port)
    show("no slow clients", await latencies(options.port, options.requests, options.rate))
    with slow_clients(options.port, options.slow) as held:
        show(f"{options.slow:,} slow clients", await latencies(options.port, options.requests, options.rate))
        left, _ = held.communicate("\n")
        print(f"{'still connected':>24}  {int(left):,}")


if __name__ == "__main__":
    asyncio.run(main())
