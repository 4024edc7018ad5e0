"""What does a job cost? Round trips and fan-outs through the broker, beside the standard library and the floor.

    python benchmarks/jobs.py [--slots 4] [--seconds 2] [--gunicorn PATH]

The floor is a byte passed from process to process over Unix sockets, caller → relay → worker and back, with nothing
done to it. Fan-out: spawn ten jobs, await all ten, again and again: in a thread, in one coroutine, or in 16 at a time.
With the path of a gunicorn (25 or later, in an environment of its own) its dirty arbiters are measured as well.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import dirty
import uvloop

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.jobs.client import SOCKET_VARIABLE, client, spawn

SECRET = "benchmark"
FAN = 10
ARGS = {"sku": "a-1"}
PAYLOADS = (1 << 10, 64 << 10, 4 << 20)


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
        broker = Broker([plan])
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


async def async_round_trips(seconds: float) -> list[float]:
    times, end = [], time.perf_counter() + seconds
    while (begin := time.perf_counter()) < end:
        await spawn(Echo, ARGS)
        times.append((time.perf_counter() - begin) * 1e6)
    return times


def fan_outs(fan: Callable[[], Any], seconds: float) -> float:
    """Jobs per second."""
    done, begin = 0, time.perf_counter()
    while time.perf_counter() - begin < seconds:
        fan()
        done += FAN
    return done / (time.perf_counter() - begin)


async def async_fan_outs(fan: Callable[[], Awaitable[Any]], seconds: float, requests: int) -> float:
    """The same for so many requests at a time on one loop."""
    done, begin = 0, time.perf_counter()

    async def request() -> None:
        nonlocal done
        while time.perf_counter() - begin < seconds:
            await fan()
            done += FAN

    await asyncio.gather(*[request() for _ in range(requests)])
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


# The contenders


def measure_floor(seconds: float) -> float:
    return show_times("raw two-hop ping-pong", floor(seconds))


def measure_executor(slots: int, seconds: float, base: float) -> dict[str, float]:
    with ProcessPoolExecutor(slots) as executor:
        list(executor.map(echo, range(slots * 10)))
        show_times("ProcessPoolExecutor", round_trips(lambda: executor.submit(echo, ARGS).result(), seconds), base)
        show_payloads("ProcessPoolExecutor", lambda args: executor.submit(echo, args).result(), seconds)

        def fan() -> None:
            for future in [executor.submit(echo, ARGS) for _ in range(FAN)]:
                future.result()

        async def async_fan() -> None:
            loop = asyncio.get_running_loop()
            await asyncio.gather(*[loop.run_in_executor(executor, echo, ARGS) for _ in range(FAN)])

        return {
            "ProcessPoolExecutor": fan_outs(fan, seconds),
            "ProcessPoolExecutor, uvloop": uvloop.run(async_fan_outs(async_fan, seconds, 1)),
            "ProcessPoolExecutor, 16 requests": uvloop.run(async_fan_outs(async_fan, seconds, 16)),
        }


def measure_multiprocessing(slots: int, seconds: float, base: float) -> dict[str, float]:
    with multiprocessing.Pool(slots) as processes:
        show_times("multiprocessing.Pool", round_trips(lambda: processes.apply(echo, (ARGS,)), seconds), base)

        def fan() -> None:
            for job in [processes.apply_async(echo, (ARGS,)) for _ in range(FAN)]:
                job.get()

        return {"multiprocessing.Pool": fan_outs(fan, seconds)}


def measure_pogoproxy(slots: int, seconds: float, base: float) -> dict[str, float]:
    def fan() -> None:
        for task in [spawn(Echo, ARGS) for _ in range(FAN)]:
            task.result()

    async def async_fan() -> None:
        for task in [spawn(Echo, ARGS) for _ in range(FAN)]:
            await task

    with pool(slots):
        show_times("pogoproxy, thread", round_trips(lambda: spawn(Echo, ARGS).result(), seconds), base)
        show_times("pogoproxy, uvloop", uvloop.run(async_round_trips(seconds)), base)
        show_payloads("pogoproxy", lambda args: spawn(Echo, args).result(), seconds)
        return {
            "pogoproxy, thread": fan_outs(fan, seconds),
            "pogoproxy, uvloop": uvloop.run(async_fan_outs(async_fan, seconds, 1)),
            "pogoproxy, 16 requests": uvloop.run(async_fan_outs(async_fan, seconds, 16)),
        }


def measure_gunicorn(gunicorn: str, slots: int, seconds: float, base: float) -> dict[str, float]:
    measured = dirty.measure(gunicorn, slots, seconds)
    show_times("gunicorn, dirty arbiter", measured.times, base)
    return {"gunicorn, dirty arbiter, ten threads": measured.rate}


def show_payloads(name: str, call: Callable[[Any], Any], seconds: float) -> None:
    for size in PAYLOADS:
        times = round_trips(partial(call, {"data": "x" * size}), seconds)
        show_times(f"{name}, {size >> 10} KiB there and back", times)


def show_times(name: str, times: list[float], base: float = 0.0) -> float:
    cuts = statistics.quantiles(times, n=100)
    ratio = f"  {cuts[49] / base:5.2f} x floor" if base else ""
    print(f"  {name:38} p50 {cuts[49]:9.1f} us   p99 {cuts[98]:9.1f} us{ratio}")
    return cuts[49]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--slots", type=int, default=4)
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--gunicorn", default="", metavar="PATH")
    given = options.parse_args()
    load = f"{os.getloadavg()[0]:.1f}"
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load} before, {given.slots} slots")
    print("one job, there and back")
    base = measure_floor(given.seconds)
    rates = {
        **measure_executor(given.slots, given.seconds, base),
        **measure_multiprocessing(given.slots, given.seconds, base),
        **measure_pogoproxy(given.slots, given.seconds, base),
        **(measure_gunicorn(given.gunicorn, given.slots, given.seconds, base) if given.gunicorn else {}),
    }
    print(f"fan-out of {FAN}: jobs per second")
    for name, rate in rates.items():
        print(f"  {name:38} {rate:9.0f}   {rate / rates['ProcessPoolExecutor']:5.2f} x ProcessPoolExecutor")


if __name__ == "__main__":
    main()
