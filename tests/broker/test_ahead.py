"""Jobs in the hands of busy workers: how many, whose, and what becomes of them when the one before takes long."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

import pytest

from pogoproxy import TaskLost, spawn
from pogoproxy.broker.actions import Action, Assign, Deliver, Kill, Recall, TellCancel
from pogoproxy.broker.ahead import HORIZON, LARGEST, Ahead
from pogoproxy.broker.core import Core
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.task import Task
from pogoproxy.broker.worker import Worker
from pogoproxy.jobs.wire import Outcome, Spawn, pack_job

Farm = Any
CALLER = 1
JOB = pack_job(b'{"class":"Echo","args":1}')


def ids(count: int) -> list[int]:
    return [(CALLER << 32) + n for n in range(1, count + 1)]


def brisk_core(workers: int = 1, tasks: int = 3, *, size: int = 0, **settings: object) -> tuple[Core, list[Action]]:
    """A pool whose jobs are known to be short, workers 10, 11, …, and what follows when the tasks are spawned."""
    core = Core([PoolPlan(name="default", slots=workers, secret="s", **settings)])  # type: ignore[arg-type]
    for _ in range(50):
        core.pools["default"].observe(0.0)
    core.open_caller(CALLER)
    for number in range(10, 10 + workers):
        core.join(Worker(number, 100 + number, "default", "s", hands=8), 0.0)
    job = JOB + b" " * size
    return core, [action for id in ids(tasks) for action in core.spawn(CALLER, id, Spawn("default", job), 0.0)]


def given(actions: list[Action]) -> list[tuple[int, int]]:
    return [(action.worker, action.task & 0xFF) for action in actions if isinstance(action, Assign)]


def test_short_jobs_are_sent_ahead_to_the_workers_in_turn() -> None:
    core, actions = brisk_core(workers=2, tasks=6)
    assert given(actions) == [(11, 1), (10, 2), (11, 3), (10, 4), (11, 5), (10, 6)]
    (stats,) = core.stats()
    assert (stats.busy, stats.queued) == (2, 4), "what lies ahead still waits"


def test_what_is_not_known_to_be_short_waits_in_the_queue() -> None:
    core = Core([PoolPlan(name="default", slots=1, secret="s")])
    core.open_caller(CALLER)
    core.join(Worker(10, 110, "default", "s", hands=8), 0.0)
    first, second = ids(2)
    assert given(core.spawn(CALLER, first, Spawn("default", JOB), 0.0)) == [(10, 1)]
    assert core.spawn(CALLER, second, Spawn("default", JOB), 0.0) == []


@pytest.mark.parametrize("settings", [{"size": LARGEST}, {"max_jobs": 1}], ids=["a large job", "a worn worker"])
def test_nothing_is_sent_ahead_of(settings: dict[str, Any]) -> None:
    _, actions = brisk_core(tasks=3, **settings)
    assert given(actions) == [(10, 1)]


def test_a_nested_task_is_not_sent_ahead_to_lie_behind_its_parent() -> None:
    core, _ = brisk_core(tasks=1)
    core.join(Worker(11, 111, "default", "s", hands=8), 0.0)
    parent, other, child = ids(3)
    core.spawn(CALLER, other, Spawn("default", JOB), 0.0)
    assert core.spawn(CALLER, child, Spawn("default", JOB, parent=parent), 0.0) == []


def test_no_more_than_a_moment_s_work_is_sent_ahead() -> None:
    ahead = Ahead()
    for _ in range(100):
        ahead.observe(HORIZON / 4.5)
    worker = Worker(10, 110, "default", "s", hands=8, tasks={0: Task(0, 1, "default", JOB, 0.0, 30.0)})
    ahead.offer(worker)
    taken = []
    while ahead.taker(task := Task(len(taken) + 1, 1, "default", JOB, 0.0, 30.0)):
        worker.ahead[task.id] = task
        taken.append(task)
    assert len(taken) == 3


def test_what_lies_behind_a_long_job_is_called_back_and_queues_in_its_order() -> None:
    core, _ = brisk_core(tasks=3)
    first, second, third = ids(3)
    assert core.tick(HORIZON) == [Recall(10, third), Recall(10, second)]
    core.returned(10, third, HORIZON)
    core.returned(10, second, HORIZON)
    assert given(core.join(Worker(11, 111, "default", "s"), HORIZON)) == [(11, 2)]
    assert given(core.done(11, second, Outcome.DONE, b"", HORIZON)) == [(11, 3)]
    assert [type(action) for action in core.done(10, first, Outcome.DONE, b"", 1.0)] == [Deliver]


def test_a_cancelled_job_that_lies_ahead_takes_no_worker_with_it() -> None:
    core, _ = brisk_core(tasks=2, cancel_grace=1.0)
    first, second = ids(2)
    deliver, told = core.cancel(CALLER, second, 0.0)
    assert isinstance(deliver, Deliver)
    assert told == TellCancel(10, second)
    assert not any(isinstance(action, Kill) for action in core.tick(5.0)), "the other job is not to blame"
    core.returned(10, second, 5.0)
    assert list(core.ledger.tasks) == [first]


def test_a_job_that_began_before_its_cancel_was_read_has_the_grace_and_no_more() -> None:
    core, _ = brisk_core(tasks=2, cancel_grace=1.0)
    first, second = ids(2)
    core.cancel(CALLER, second, 0.0)
    core.done(10, first, Outcome.DONE, b"", 0.5)
    assert core.tick(1.4) == []
    assert Kill(110, "a cancelled task ignored its grace") in core.tick(1.5)


def test_the_death_of_a_worker_costs_only_the_job_that_it_ran() -> None:
    core, _ = brisk_core(tasks=3)
    actions = core.leave(10, 0.1) + core.tick(2.0)
    assert [action.task & 0xFF for action in actions if isinstance(action, Deliver)] == [1]
    assert given(core.join(Worker(11, 111, "default", "s", hands=8), 2.0)) == [(11, 2)], "jobs are not short any more"
    assert core.stats()[0].queued == 1


def test_a_worker_that_resigns_gets_no_more_and_what_it_has_not_begun_goes_on() -> None:
    core, _ = brisk_core(tasks=2)
    first, second = ids(2)
    core.returned(10, 0, 0.0)
    core.returned(10, second, 0.0)
    assert given(core.done(10, first, Outcome.DONE, b"", 0.0)) == []
    assert given(core.join(Worker(11, 111, "default", "s"), 0.0)) == [(11, 2)]


def test_what_lies_in_old_hands_is_nothing_to_a_pool_that_has_left_and_come_again() -> None:
    core, _ = brisk_core(tasks=3)
    first, second, third = ids(3)
    core.set_pools([], 0.0)
    core.set_pools([PoolPlan(name="default", slots=1, secret="new")], 0.0)
    core.returned(10, third, 0.0)
    core.done(10, first, Outcome.DONE, b"", 0.0)
    core.done(10, second, Outcome.DONE, b"", 0.0)
    (stats,) = core.stats()
    assert stats.queued == 1, "the one that was given back"
    assert given(core.join(Worker(11, 111, "default", "new"), 0.0)) == [(11, 3)]
    core.done(11, third, Outcome.DONE, b"", 0.0)
    (stats,) = core.stats()
    assert stats.queued == 0


# On real processes


def warm_up() -> None:
    for task in [spawn("Echo", n) for n in range(200)]:
        task.result(timeout=20)


def test_a_long_job_holds_up_nobody(farm: Callable[..., Farm]) -> None:
    """Short jobs were sent ahead behind a long one; they are called back and done by the other worker."""
    farmed = farm(PoolPlan(name="default", slots=2, secret="s"))
    for _ in range(20):
        warm_up()
        long = spawn("Sleep", {"seconds": 60})
        begin = time.monotonic()
        assert [task.result(timeout=20) for task in [spawn("Echo", n) for n in range(20)]] == list(range(20))
        assert time.monotonic() - begin < 20
        long.cancel()
    farmed.until(farmed.is_at_rest)


def test_a_killed_worker_takes_no_job_with_it_that_it_had_not_begun(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s", poison=0))
    warm_up()
    tasks = [spawn("Die", {"how": "SIGKILL"}), *[spawn("Echo", n) for n in range(20)]]
    with pytest.raises(TaskLost) as lost:
        tasks[0].result(timeout=20)
    assert lost.value.signal == signal.SIGKILL
    assert [task.result(timeout=20) for task in tasks[1:]] == list(range(20))
    farmed.until(farmed.is_at_rest)
