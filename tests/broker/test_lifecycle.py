"""Workers that come and go while there is work: recycling, drain, quarantine, half-written answers, orphans."""

from __future__ import annotations

import concurrent.futures
import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import PoolSaturated, TaskLost, TaskRefused, UnknownPool, pool_size, spawn
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.jobs import wire
from pogoproxy.jobs.wire import Kind, Outcome

Farm = Any


def plan(slots: int = 1, **settings: Any) -> PoolPlan:
    return PoolPlan(**{"name": "default", "slots": slots, "secret": "s", "cancel_grace": 0.3, **settings})


@pytest.mark.parametrize("slots", [1, 2])
def test_recycling_under_a_backlog_never_stalls_and_never_hits_a_job(farm: Callable[..., Farm], slots: int) -> None:
    farmed = farm(plan(slots, max_jobs=3))
    tasks = [spawn("Pid") for _ in range(20)]
    pids = [task.result(timeout=30) for task in tasks]
    assert max(pids.count(pid) for pid in set(pids)) == 3
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.DONE] == 20


def test_a_drain_lets_what_runs_finish_and_refuses_what_comes_late(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(plan())
    mark = tmp_path / "mark"
    running = spawn("Sleep", {"seconds": 0.5, "started": str(mark)})
    queued = spawn("Echo", 1)
    farmed.until(mark.exists)
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        cut = thread.submit(farmed.call, farmed.broker.drain(farmed.broker.clock() + 10))
        farmed.until(lambda: farmed.broker.core._admission.is_closing)
        with pytest.raises(PoolSaturated, match="Pogo pool is shutting down"):
            spawn("Echo").result(timeout=5)
        assert (running.result(timeout=5)["seconds"], queued.result(timeout=5)) == (0.5, 1)
        assert cut.result(timeout=5) == 0


def test_a_drain_cancels_what_is_open_at_its_deadline(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    tasks = [spawn("Sleep", {"seconds": 60}) for _ in range(2)]
    assert farmed.call(farmed.broker.drain(farmed.broker.clock() + 0.1)) == 2
    for task in tasks:
        with pytest.raises(Exception, match="shutting down"):
            task.result(timeout=5)


def test_a_job_that_kills_its_workers_is_quarantined(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan(poison=2))
    for _ in range(2):
        with pytest.raises(TaskLost):
            spawn("Die", {"how": "SIGKILL"}).result(timeout=10)
    with pytest.raises(TaskRefused, match="quarantined: it killed 2 workers in a row"):
        spawn("Die", {"how": "SIGKILL"}).result(timeout=5)
    assert spawn("Echo", 1).result(timeout=10) == 1
    farmed.until(farmed.is_at_rest)


def test_a_worker_that_dies_half_way_through_its_answer_costs_its_task(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan(), POGO_SLOTS="2")  # one slot over no process: the worker is played here
    hello = b'{"version":1,"role":"worker","pool":"default","secret":"s"}'
    with socket.socket(socket.AF_UNIX) as worker:
        worker.connect(farmed.path)
        worker.sendall(wire.encode(Kind.HELLO, 0, hello))
        task = spawn("Echo", 1)
        head = b""
        while b"Echo" not in head:
            head += worker.recv(1 << 16)
        answer = wire.encode(Kind.DONE, task.id, wire.pack_outcome(Outcome.DONE, b'{"ok":true,"result":1}'))
        worker.sendall(answer[:-5])
    with pytest.raises(TaskLost, match="closed its connection while it ran the task"):
        task.result(timeout=5)


def test_a_death_is_noticed_though_a_forked_child_keeps_the_connection_open(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    begin = time.monotonic()
    with pytest.raises(TaskLost) as lost:
        spawn("Orphan", {"seconds": 3}).result(timeout=10)
    assert lost.value.exit_code == 7
    assert time.monotonic() - begin < 2.8
    assert spawn("Echo", 1).result(timeout=10) == 1
    farmed.until(farmed.is_at_rest)


def test_both_directions_may_be_full_at_once(farm: Callable[..., Farm]) -> None:
    farm(plan(2))
    tasks = [spawn("Echo", str(n) * (1 << 20)) for n in range(10)]
    assert [task.result(timeout=30)[:1] for task in tasks] == [str(n) for n in range(10)]


def test_callers_learn_of_new_pools(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    assert pool_size() == 1
    farmed.on_loop(lambda: farmed.broker.set_pools([plan(), plan(3, name="cpu")]))
    farmed.until(lambda: _size("cpu") == 3)
    farmed.on_loop(lambda: farmed.broker.set_pools([plan()]))
    farmed.until(lambda: _size("cpu") == 0)


def _size(pool: str) -> int:
    with contextlib.suppress(UnknownPool):
        return pool_size(pool)
    return 0
