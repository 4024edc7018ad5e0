"""What does a job cost? Round trips and fan-outs through the broker, beside the standard library and the floor.

    python benchmarks/jobs.py [--slots 2] [--seconds 2]

The floor is a byte passed from process to process over Unix sockets, caller → relay → worker and back, with nothing
done to it. Fan-out: spawn ten jobs, await all ten, again and again, one at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import uvloop

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.jobs.client import SOCKET_VARIABLE, client, pool_size, spawn

SECRET = "benchmark"
FAN = 10


class Echo:
    """The job: returns what it got."""

    def handle(self, args: Any) -> Any:
        return args


def echo(args: Any) -> Any:
    return args


# Processes


@contextmanager
def child(target: Callable[..., None], *args: Any) -> Iterator[None]:
    process = multiprocessing.get_context("fork").Process(target=target, args=args)
    process.start()
    try:
        yield
    finally:
        process.kill()
        process.join()


def run_broker(listener: socket.socket, slots: int) -> None:
    async def main() -> None:
        plan = PoolPlan(name="default", slots=slots, secret=SECRET, limit=64 << 20)
        broker = Broker([plan], kill=lambda pid, reason: None)
        await broker.serve(listener)
        await asyncio.Event().wait()

    uvloop.run(main())


@contextmanager
def pool(slots: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "broker.sock")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(128)
        with child(run_broker, listener, slots):
            os.environ[SOCKET_VARIABLE] = path
            environ = {
                **os.environ,
                "PYTHONPATH": str(Path(__file__).parent),
                "POGO_WORKER_SECRET": SECRET,
                "POGO_WORKER": Path(__file__).stem,
            }
            command = [sys.executable, "-m", "pogoproxy.jobs.worker"]
            workers = [subprocess.Popen(command, env=environ) for _ in range(slots)]
            try:
                for _ in range(slots):
                    spawn(Echo).result(timeout=10)
                yield
            finally:
                client().close()
                for worker in workers:
                    worker.kill()
                    worker.wait()
        listener.close()


# Measures


def round_trips(call: Callable[[], Any], seconds: float) -> list[float]:
    """Microseconds of each call, for that long."""
    times, end = [], time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        call()
        times.append((time.perf_counter() - begin) * 1e6)
    return times


async def async_round_trips(seconds: float, args: Any) -> list[float]:
    times, end = [], time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        await spawn(Echo, args)
        times.append((time.perf_counter() - begin) * 1e6)
    return times


async def async_fan_outs(seconds: float, args: Any) -> float:
    """Jobs per second."""
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        for task in [spawn(Echo, args) for _ in range(FAN)]:
            await task
        done += FAN
    return done / (time.perf_counter() - begin)


def fan_outs(fan: Callable[[], Any], seconds: float) -> float:
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        fan()
        done += FAN
    return done / (time.perf_counter() - begin)


def relay(left: socket.socket, right: socket.socket) -> None:
    with suppress(OSError):
        while data := left.recv(64):
            right.send(data)
            left.send(right.recv(64))


def reflect(sock: socket.socket) -> None:
    with suppress(OSError):
        while data := sock.recv(64):
            sock.send(data)


def floor(seconds: float) -> list[float]:
    caller, left = socket.socketpair()
    right, worker = socket.socketpair()
    with caller, left, right, worker, child(relay, left, right), child(reflect, worker):

        def ping() -> None:
            caller.send(b"x")
            caller.recv(64)

        return round_trips(ping, seconds)


def show(name: str, times: list[float], base: float = 0.0) -> float:
    cuts = statistics.quantiles(times, n=100)
    ratio = f"  {cuts[49] / base:4.2f} x floor" if base else ""
    print(f"  {name:34} p50 {cuts[49]:8.1f} us   p99 {cuts[98]:8.1f} us{ratio}")
    return cuts[49]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--slots", type=int, default=2)
    options.add_argument("--seconds", type=float, default=2.0)
    given = options.parse_args()
    slots, seconds = given.slots, given.seconds
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {slots} slots, {seconds} s each")
    args = {"sku": "a-1"}

    print("single round trip")
    base = show("raw two-hop ping-pong", floor(seconds))
    with ProcessPoolExecutor(slots) as executor:
        executor.submit(echo, args).result()
        show("ProcessPoolExecutor", round_trips(lambda: executor.submit(echo, args).result(), seconds), base)
        executor_rate = fan_outs(
            lambda: [future.result() for future in [executor.submit(echo, args) for _ in range(FAN)]], seconds
        )
    with multiprocessing.Pool(slots) as processes:
        show("multiprocessing.Pool", round_trips(lambda: processes.apply(echo, (args,)), seconds), base)
        pool_rate = fan_outs(
            lambda: [job.get() for job in [processes.apply_async(echo, (args,)) for _ in range(FAN)]], seconds
        )
    with pool(slots):
        assert pool_size() == slots
        show("pogoproxy, thread", round_trips(lambda: spawn(Echo, args).result(), seconds), base)
        show("pogoproxy, asyncio", asyncio.run(async_round_trips(seconds, args)), base)
        show("pogoproxy, uvloop", uvloop.run(async_round_trips(seconds, args)), base)
        rates = {
            "pogoproxy, thread": fan_outs(
                lambda: [task.result() for task in [spawn(Echo, args) for _ in range(FAN)]], seconds
            ),
            "pogoproxy, asyncio": asyncio.run(async_fan_outs(seconds, args)),
            "pogoproxy, uvloop": uvloop.run(async_fan_outs(seconds, args)),
        }
        payloads = {size: show_payload(size, seconds) for size in (1 << 10, 64 << 10, 4 << 20)}

    print(f"fan-out of {FAN}, jobs/s")
    for name, rate in {"ProcessPoolExecutor": executor_rate, "multiprocessing.Pool": pool_rate, **rates}.items():
        print(f"  {name:34} {rate:9.0f}   {rate / executor_rate:5.2f} x ProcessPoolExecutor")
    print(json.dumps(payloads)) if False else None


def show_payload(size: int, seconds: float) -> float:
    args = {"data": "x" * size}
    return show(f"{size >> 10} KiB there and back", round_trips(lambda: spawn(Echo, args).result(), seconds))


if __name__ == "__main__":
    main()
