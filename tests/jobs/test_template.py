"""Templates and their forks, with the supervisor that starts them and the broker that they dial."""

from __future__ import annotations

import asyncio
import errno
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.server import Broker
from pogoproxy.errors import ProcessError
from pogoproxy.jobs import template
from pogoproxy.jobs.client import Client, _spawn
from pogoproxy.jobs.errors import TaskLost
from pogoproxy.net import private
from pogoproxy.supervisor.children import Life
from pogoproxy.supervisor.handles import Exit
from pogoproxy.supervisor.loop import Supervisor
from pogoproxy.supervisor.plan import Launch, Role

TASKS = """
import os, time
LOADED_BY = os.getpid()
class WhoAmI:
    def handle(self, args):
        return {"pid": os.getpid(), "group": os.getpgrp(), "loaded_by": LOADED_BY}
class Sleep:
    def handle(self, args):
        with open("asleep", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(60)
"""
THREADED = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n" + TASKS


class Pool:
    """A pool `default` of real processes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "broker.sock"

    async def __aenter__(self) -> Pool:
        self.supervisor = await Supervisor(boot_attempts=2).__aenter__()
        plan = PoolPlan(name="default", slots=2, secret="s")
        self.broker = Broker([plan])
        self.supervisor.listen(self._tell_broker)
        await self.broker.serve(private(self.path))
        self.client = Client(str(self.path))
        return self

    def _tell_broker(self, exit: Exit) -> None:
        if exit.pid is not None:
            self.broker.worker_exited(exit.pid, exit.code, exit.last_words)

    async def __aexit__(self, *error: object) -> None:
        self.client.close()
        await self.supervisor.__aexit__(*error)
        await self.broker.close()

    async def start(self, source: str, module: str = "tasks") -> None:
        (self.folder / "tasks.py").write_text(source)
        folder = str(self.folder)
        orders = json.dumps({"module": module, "socket": str(self.path), "secret": "s", "pool": "default"}).encode()
        template = Role("template default", (Launch("pogoproxy.jobs.template", orders=orders, directory=folder),))
        workers = Role("pool default", (Launch(template=template.name, orders=orders),) * 2)
        self.supervisor.want(template)
        self.supervisor.want(workers)
        await self.supervisor.until_ready([template.name, workers.name])

    async def run(self, job: str) -> dict[str, int]:
        # In a thread, since dialling blocks and the broker is on this loop.
        def wait() -> dict[str, int]:
            result: dict[str, int] = _spawn(self.client.of_threads(), job, {}, "default").result(timeout=20)
            return result

        return await asyncio.to_thread(wait)

    def pids(self, title: str) -> list[int]:
        return [child.pid or 0 for child in self.supervisor.table.crews[f"{title}#1"].lives(Life.READY)]


@pytest.fixture
async def pool(tmp_path: Path) -> AsyncIterator[Pool]:
    async with asyncio.timeout(30), Pool(tmp_path) as running:
        yield running


async def test_forked_workers_do_jobs_with_what_the_template_imported(pool: Pool) -> None:
    await pool.start(TASKS)
    who = await pool.run("WhoAmI")
    assert who["pid"] in pool.pids("pool default")
    assert who["group"] == who["pid"]
    assert who["loaded_by"] == pool.pids("template default")[0]


async def test_forked_workers_share_no_random_numbers(pool: Pool) -> None:
    source = "import random\nclass Dice:\n    def handle(self, args):\n        return {'n': random.getrandbits(62)}\n"
    await pool.start(source)
    first, second = await asyncio.gather(pool.run("Dice"), pool.run("Dice"))
    assert first != second


def test_a_template_outlives_a_fork_that_the_system_refuses(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    assert template._is_forked_twice() is False
    assert "cannot fork a worker: Resource temporarily unavailable" in capfd.readouterr().err


async def test_a_template_with_threads_starts_fresh_workers(pool: Pool) -> None:
    await pool.start(THREADED)
    who = await pool.run("WhoAmI")
    assert who["pid"] in pool.pids("pool default")
    assert who["loaded_by"] == who["pid"]


async def test_a_killed_workers_task_is_lost_with_its_reason_and_the_slot_comes_back(
    pool: Pool, tmp_path: Path
) -> None:
    await pool.start(TASKS)
    before = pool.pids("pool default")
    job = asyncio.create_task(pool.run("Sleep"))
    asleep = tmp_path / "asleep"
    while not (asleep.exists() and asleep.read_text()):  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.01)
    busy = int(asleep.read_text())
    os.kill(busy, signal.SIGKILL)
    with pytest.raises(TaskLost, match="SIGKILL"):
        await job
    while len(pool.pids("pool default")) < 2 or busy in pool.pids("pool default"):
        await pool.supervisor.change()
    assert (await pool.run("WhoAmI"))["pid"] in pool.pids("pool default")
    assert len(set(before) & set(pool.pids("pool default"))) == 1


async def test_a_killed_template_is_replaced_and_its_workers_live_on(pool: Pool) -> None:
    await pool.start(TASKS)
    before = pool.pids("pool default")
    template = pool.pids("template default")
    os.kill(template[0], signal.SIGKILL)
    while pool.pids("template default") in ([], template):
        await pool.supervisor.change()
    assert pool.pids("pool default") == before
    await pool.run("WhoAmI")


@pytest.mark.parametrize(
    ("source", "module", "reason"),
    [
        (TASKS, "missing", "cannot import missing: no module named 'missing'"),
        ("import missing_library", "tasks", "cannot import tasks: No module named 'missing_library'"),
        ("exit(1)", "tasks", "cannot import tasks: SystemExit: 1"),
    ],
)
async def test_why_a_pool_does_not_start_is_one_clear_line(pool: Pool, source: str, module: str, reason: str) -> None:
    with pytest.raises(ProcessError, match=f"template default: {reason}"):
        await pool.start(source, module)
