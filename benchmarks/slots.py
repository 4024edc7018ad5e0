"""What does a slot cost, and what does it bring? From 1 to 64 in a warm pool, one added after the other.

    python benchmarks/slots.py [--seconds 1]

A slot is added as a pool grows: the supervisor orders a worker from the pool's template, and it counts when the broker
has it. Memory is that of all workers and their template (PSS). Jobs come in fan-outs of ten, 16 requests at a time. At
the end small jobs are timed, one after the other, alone and while another caller keeps large ones under way.
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
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uvloop
from jobs import ARGS, FAN, Echo, async_fan_outs, child, round_trips, show_times

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.jobs.client import SOCKET_VARIABLE, client, spawn
from pogoproxy.supervisor.children import Life
from pogoproxy.supervisor.loop import Supervisor
from pogoproxy.supervisor.plan import Launch, Role

STEPS = (1, 2, 4, 8, 16, 32, 64)
LARGE = {"data": "x" * (4 << 20)}


def run_pool(listener: socket.socket, path: str, orders: Connection) -> None:
    """Be the parent: have as many workers as are ordered, and tell how long each took, and the memory of all."""
    uvloop.run(serve(listener, path, orders))


async def serve(listener: socket.socket, path: str, orders: Connection) -> None:
    given = {"module": "jobs", "pool": "default", "socket": path, "secret": "benchmark", "slots": 1}
    text = json.dumps(given).encode()
    template = Role("template", (Launch("pogoproxy.jobs.template", orders=text, directory=str(Path(__file__).parent)),))
    workers = Role("workers", (Launch(template=template.name, orders=text),))
    broker = Broker([PoolPlan(name="default", slots=max(STEPS), secret="benchmark", limit=64 << 20)])
    async with Supervisor() as supervisor:
        await broker.serve(listener)
        supervisor.want(template)
        supervisor.want(workers)
        await supervisor.until_ready([template.name, workers.name])
        table = supervisor.table
        while wanted := await asyncio.to_thread(orders.recv):
            times = [await grow(supervisor, workers) for _ in range(wanted - len(pids(table, workers)))]
            orders.send((times, sum(map(proportional_kib, [*pids(table, template), *pids(table, workers)]))))


async def grow(supervisor: Supervisor, role: Role) -> float:
    """Milliseconds until there is one more that serves."""
    begin = time.perf_counter()
    supervisor.grow(role.name)
    await supervisor.until_ready([role.name])
    return (time.perf_counter() - begin) * 1e3


def pids(table: Any, role: Role) -> list[int]:
    return [one.pid for one in table.crews[role.name].lives(Life.READY)]


def proportional_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(rollup.split("\nPss:")[1].split()[0])


async def fan() -> None:
    for task in [spawn(Echo, ARGS) for _ in range(FAN)]:
        await task


def send_large() -> None:
    """Be a caller that has two large jobs under way all the time."""
    tasks = [spawn(Echo, LARGE), spawn(Echo, LARGE)]
    while True:
        tasks.pop(0).result()
        tasks.append(spawn(Echo, LARGE))


def measure(orders: Connection, seconds: float) -> None:
    print("  slots   adding one: median, longest        memory       jobs/s")
    for slots in STEPS:
        orders.send(slots)
        times, memory = orders.recv()
        added = f"{statistics.median(times):6.1f} ms {max(times):6.1f} ms" if times else " " * 19
        rate = uvloop.run(async_fan_outs(fan, seconds, 16))
        print(f"  {slots:5}   {added:>24} {memory >> 10:14} MiB {rate:12.0f}")
    show_times("a small job", round_trips(lambda: spawn(Echo, ARGS).result(), seconds))
    with child(send_large):
        spawn(Echo, LARGE).result()
        show_times("a small job beside those of 4 MiB", round_trips(lambda: spawn(Echo, ARGS).result(), seconds))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=float, default=1.0)
    given = options.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listener:
        path = os.environ[SOCKET_VARIABLE] = str(Path(folder) / "broker.sock")
        listener.bind(path)
        listener.listen(128)
        ours, theirs = multiprocessing.Pipe()
        with child(run_pool, listener, path, theirs):
            measure(ours, given.seconds)
            client().close()
            ours.send(0)


if __name__ == "__main__":
    main()
