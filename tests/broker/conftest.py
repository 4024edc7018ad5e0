"""A broker and real worker processes, without the supervisor: the smallest launcher that restarts what dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.broker.stats import PoolStats
from pogoproxy.jobs import client

T = TypeVar("T")
SECRET = "between us"
Command = tuple[str, ...]
PYTHON: Command = (sys.executable, "-m", "pogoproxy.jobs.worker")


class Farm:
    """A broker in a thread of its own, with as many workers as its pools have slots."""

    def __init__(
        self, folder: Path, plans: list[PoolPlan], environ: dict[str, str], commands: Mapping[str, Command]
    ) -> None:
        self.path = str(folder / "broker.sock")
        self.plans = plans
        self.broker: Broker
        self.pids: set[int] = set()
        self._environ = environ
        self._commands = commands
        self._stopping = False
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._watchers: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Farm:
        self._thread.start()
        self.call(self._start())
        self.until(self.is_at_rest)
        return self

    def __exit__(self, *error: object) -> None:
        self.call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def call(self, coroutine: Any) -> Any:
        """Run a coroutine on the broker's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def on_loop(self, function: Callable[[], T]) -> T:
        """Run a function on the broker's loop."""

        async def run() -> T:
            return function()

        result: T = self.call(run())
        return result

    def stats(self) -> list[PoolStats]:
        return self.on_loop(self.broker.stats)

    def pool(self, name: str = "default") -> PoolStats:
        return next(stats for stats in self.stats() if stats.name == name)

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> float:
        """Wait for a condition; how long that took."""
        begin = time.monotonic()
        while not condition():
            assert time.monotonic() - begin < seconds, "condition not met in time"
            time.sleep(0.005)
        return time.monotonic() - begin

    def is_at_rest(self) -> bool:
        """Whether all gauges are at zero and every spawn has one outcome."""
        return all(
            stats.busy == stats.queued == 0
            and stats.workers == self._processes(stats.slots)
            and stats.spawned == sum(stats.ended.values())
            for stats in self.stats()
        )

    async def _start(self) -> None:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen(128)
        self.broker = Broker(self.plans)
        await self.broker.serve(listener)
        for plan in self.plans:
            for _ in range(self._processes(plan.slots)):
                self._keep(plan)

    def _processes(self, slots: int) -> int:
        return slots // int(self._environ.get("POGO_SLOTS", "1"))

    def _keep(self, plan: PoolPlan) -> None:
        task = self._loop.create_task(self._run_worker(plan))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)

    async def _run_worker(self, plan: PoolPlan) -> None:
        environ = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parent),
            "POGO_SOCKET": self.path,
            "POGO_WORKER_SECRET": plan.secret,
            "POGO_POOL": plan.name,
            "POGO_WORKER": "shop.tasks",
            **self._environ,
        }
        command = self._commands.get(plan.name, PYTHON)
        process = await asyncio.create_subprocess_exec(*command, env=environ, stderr=asyncio.subprocess.PIPE)
        self.pids.add(process.pid)
        if self._stopping:
            process.kill()
        assert process.stderr is not None
        stderr = await process.stderr.read()
        code = await process.wait()
        self.pids.discard(process.pid)
        self.broker.worker_exited(process.pid, code, stderr.decode().splitlines()[-5:])
        if not self._stopping:
            self._keep(plan)

    async def _stop(self) -> None:
        self._stopping = True
        await self.broker.drain(self.broker.clock())
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):  # drained, it may have ended by itself
                os.kill(pid, signal.SIGKILL)
        while self._watchers:
            await asyncio.wait(self._watchers)
        await self.broker.close()


@pytest.fixture
def farm(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Farm]]:
    """`farm(PoolPlan(...), ...)` runs these pools; by default one with two slots. This process is its client.

    The workers are Python's, except in pools that have a command of their own.
    """
    farms: list[Farm] = []

    def start(*plans: PoolPlan, commands: Mapping[str, Command] | None = None, **environ: str) -> Farm:
        default = [PoolPlan(name="default", slots=2, secret=SECRET)]
        made = Farm(short_path, list(plans) or default, environ, commands or {})
        monkeypatch.setenv(client.SOCKET_VARIABLE, made.path)
        farms.append(made)
        return made.__enter__()

    yield start
    for made in farms:
        client._clients.pop(made.path, client.Client("")).close()
        made.__exit__()
