"""What goes wrong with real workers: they die, hang, ignore, answer late, answer nonsense. The pool stays whole."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import (
    PoolSaturated,
    Task,
    TaskCancelled,
    TaskError,
    TaskLost,
    TaskTimeout,
    UnknownPool,
    UnknownTask,
    pogo_await,
    pogo_spawn,
    request_scope,
    spawn,
)
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.jobs.wire import Outcome

Farm = Any


def one_slot(**settings: Any) -> PoolPlan:
    return PoolPlan(**{"name": "default", "slots": 1, "secret": "s", **settings})


def running(farm: Farm, mark: Path, job: str, **args: Any) -> Task:
    """A task that has started."""
    task = spawn(job, {"started": str(mark), **args})
    farm.until(mark.exists)
    mark.unlink()
    return task


# F1, F2: the death of a worker


@pytest.mark.parametrize(
    ("how", "signal_number", "exit_code"),
    [(0, None, 0), (1, None, 1), ("SIGKILL", 9, None), ("SIGSEGV", 11, None), ("SIGTERM", 15, None)],
)
def test_a_death_costs_one_task_and_names_its_cause(
    farm: Callable[..., Farm], how: Any, signal_number: int | None, exit_code: int | None
) -> None:
    farmed = farm()
    neighbour = spawn("Sleep", {"seconds": 0.3})
    pid = spawn("Pid").result(timeout=5)
    with pytest.raises(TaskLost) as lost:
        spawn("Die", {"how": how, "last_words": "farewell"}).result(timeout=5)
    assert (lost.value.signal, lost.value.exit_code) == (signal_number, exit_code)
    assert lost.value.stderr[-1:] == ("farewell",)
    assert lost.value.pid == pid, "the other worker sleeps, so the same one took both jobs"
    assert neighbour.result(timeout=5) == {"seconds": 0.3}
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.LOST] == 1


def is_dead(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_the_death_of_an_idle_worker_costs_nothing(farm: Callable[..., Farm]) -> None:
    farmed = farm(one_slot())
    pid = spawn("Pid").result(timeout=5)
    os.kill(pid, signal.SIGKILL)
    farmed.until(lambda: is_dead(pid))  # until then it may still read a job, which then was its own
    assert spawn("Pid").result(timeout=10) != pid, "a job that was sent to a worker just dead goes to the next one"
    farmed.until(farmed.is_at_rest)


def test_a_stopped_worker_is_given_up_at_max_wait_and_replaced(farm: Callable[..., Farm]) -> None:
    farmed = farm(one_slot(max_wait=0.3, cancel_grace=0.2))
    pid = spawn("Pid").result(timeout=5)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(TaskTimeout):
        spawn("Echo").result(timeout=5)
    farmed.until(lambda: farmed.is_at_rest() and pid not in farmed.pids)
    assert spawn("Pid").result(timeout=5) != pid


# F3: results and exceptions of every kind


@pytest.mark.parametrize(
    ("how", "type_name"),
    [
        ("value", "ValueError"),
        ("chained", "ValueError"),
        ("awkward", "shop.tasks.Awkward"),
        ("exit", "SystemExit"),
        ("interrupt", "KeyboardInterrupt"),
        ("recursion", "RecursionError"),
        ("group", "BaseExceptionGroup"),
    ],
)
def test_any_exception_is_a_task_error_and_the_worker_lives_on(
    farm: Callable[..., Farm], how: str, type_name: str
) -> None:
    farm(one_slot())
    pid = spawn("Pid").result(timeout=5)
    with pytest.raises(TaskError) as caught:
        spawn("Fail", {"how": how}).result(timeout=5)
    assert caught.value.type == type_name
    assert caught.value.traceback
    assert spawn("Pid").result(timeout=5) == pid


@pytest.mark.parametrize("what", ["set", "nan", "loop"])
def test_a_result_that_is_no_json_is_a_task_error(farm: Callable[..., Farm], what: str) -> None:
    farm(one_slot())
    with pytest.raises(TaskError, match="non-JSON-compatible result"):
        spawn("Return", {"what": what}).result(timeout=5)


@pytest.mark.parametrize(
    ("name", "wording"),
    [
        ("Nowhere", "Invalid or unknown Pogo job class"),
        ("NoHandle", "must define handle"),
        ("StreamHandler", "is defined in logging"),
        ("os:system", "outside the packages of this pool: shop"),
        ("shop.nowhere:Echo", "cannot be imported"),
        ("Path.touch", "Invalid or unknown Pogo job class"),
    ],
)
def test_only_the_pool_s_own_classes_are_run(farm: Callable[..., Farm], name: str, wording: str) -> None:
    farm(one_slot())
    with pytest.raises(TaskError, match=wording):
        spawn(name).result(timeout=5)


# F4: late results


@pytest.mark.timeout(300)
async def test_no_result_ever_reaches_another_task(farm: Callable[..., Farm]) -> None:
    """Timeouts, cancels, kills and late answers at random; each result carries its own nonce."""
    farmed = farm(PoolPlan(name="default", slots=2, secret="s", cancel_grace=0.05, poison=0))
    dice = random.Random(4)
    rounds = int(os.environ.get("POGOPROXY_NONCES", "10000"))
    seen = dict.fromkeys(("done", "timeout", "cancelled", "lost"), 0)

    async def one(nonce: int) -> None:
        task = spawn("AsyncSleep" if nonce % 2 else "Sleep", {"seconds": dice.random() * 0.01, "nonce": nonce})
        try:
            match dice.randrange(4):
                case 0:
                    result = await task.wait(timeout=dice.random() * 0.01)
                case 1:
                    asyncio.get_running_loop().call_later(dice.random() * 0.01, task.cancel)
                    result = await task
                case _:
                    result = await task
            assert result["nonce"] == nonce
            seen["done"] += 1
        except TaskTimeout:
            seen["timeout"] += 1
        except TaskCancelled:
            seen["cancelled"] += 1
        except TaskLost:
            seen["lost"] += 1

    for start in range(0, rounds, 8):
        if start % 80 == 0 and farmed.pids:
            os.kill(next(iter(farmed.pids)), signal.SIGKILL)
        await asyncio.gather(*[one(start + n) for n in range(8)])
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert sum(seen.values()) == rounds
    assert min(seen["done"], seen["timeout"], seen["cancelled"]) > 0
    assert farmed.pool().spawned == rounds


# F5, F6: cancel


def test_a_cancelled_task_in_the_queue_never_starts(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(one_slot())
    first = running(farmed, tmp_path / "first", "Sleep", seconds=0.2)
    second = spawn("Sleep", {"seconds": 0, "started": str(tmp_path / "second")})
    second.cancel()
    with pytest.raises(TaskCancelled):
        second.result()
    first.result(timeout=5)
    farmed.until(farmed.is_at_rest)
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize("job", ["Sleep", "AsyncSleep", "Burn"])
def test_a_cancelled_job_that_runs_is_interrupted_and_its_worker_lives_on(
    farm: Callable[..., Farm], tmp_path: Path, job: str
) -> None:
    farmed = farm(one_slot(cancel_grace=5))
    pid = spawn("Pid").result(timeout=5)
    if job == "Burn":
        task = spawn(job, {"seconds": 20})
        farmed.until(lambda: farmed.pool().busy == 1)
    else:
        task = running(farmed, tmp_path / "mark", job, seconds=20)
    task.cancel()
    with pytest.raises(TaskCancelled):
        task.result()
    assert farmed.until(farmed.is_at_rest) < 4
    assert spawn("Pid").result(timeout=5) == pid


def test_a_job_that_ignores_its_cancel_is_killed_after_the_grace(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(one_slot(cancel_grace=0.3))
    pid = spawn("Pid").result(timeout=5)
    task = running(farmed, tmp_path / "mark", "Stubborn", seconds=60)
    task.cancel()
    task.cancel()
    assert spawn("Pid").result(timeout=5) != pid
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


def test_cancels_never_hit_the_worker_s_next_job(farm: Callable[..., Farm]) -> None:
    """Each cancel races with the end of its job; the job that follows on the same worker must come through."""
    farm(one_slot(cancel_grace=5))
    pid = spawn("Pid").result(timeout=5)
    for n in range(300):
        doomed = spawn("Sleep", {"seconds": n % 10 / 10_000})
        follower = spawn("Echo", n)
        time.sleep(n % 7 / 10_000)
        doomed.cancel()
        assert follower.result(timeout=5) == n
    assert spawn("Pid").result(timeout=5) == pid


def test_a_cancel_after_the_result_changes_nothing(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    task = spawn("Echo", 1)
    farmed.until(task.done)
    task.cancel()
    assert task.result() == 1


# F7: the end of a request


@pytest.mark.parametrize("job", ["Sleep", "AsyncSleep", "Burn", "Stubborn"])
async def test_what_a_request_did_not_await_ends_with_it(farm: Callable[..., Farm], job: str) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s", cancel_grace=0.3))
    with pytest.raises(ZeroDivisionError):
        async with request_scope("r1"):
            spawn(job, {"seconds": 60})
            spawn("Echo")
            raise ZeroDivisionError
    assert await asyncio.to_thread(farmed.until, farmed.is_at_rest) < 3
    assert farmed.pool().ended[Outcome.CANCELLED] == 2
    assert await spawn("Echo", 1).wait(timeout=5) == 1


async def test_the_request_s_deadline_ends_its_tasks(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    async with request_scope("r1", timeout=0.2):
        with pytest.raises(TaskTimeout):
            await spawn("Sleep", {"seconds": 60})
        with pytest.raises(TaskTimeout):
            spawn("Echo")
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)


def test_the_tasks_of_a_dead_caller_are_cancelled(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    child = os.fork()
    if child == 0:
        spawn("Sleep", {"seconds": 60})
        os._exit(0)
    os.waitpid(child, 0)
    farmed.until(lambda: farmed.pool().ended[Outcome.CANCELLED] == 1)
    farmed.until(farmed.is_at_rest)


# F9: a full pool


def test_a_full_queue_is_a_typed_error_at_once(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(one_slot(queue=1))
    running(farmed, tmp_path / "mark", "Sleep", seconds=60)
    spawn("Echo")
    with pytest.raises(PoolSaturated) as refused:
        spawn("Echo").result(timeout=5)
    assert refused.value.status == 503
    assert farmed.pool().ended[Outcome.REJECTED] == 1


def test_a_task_whose_time_passes_in_the_queue_never_starts(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(one_slot())
    first = running(farmed, tmp_path / "mark", "Sleep", seconds=60)
    with request_scope(timeout=0.2), pytest.raises(TaskTimeout, match=r"in pool \"default\" timed out after 0\."):
        spawn("Sleep", {"seconds": 0, "started": str(tmp_path / "late")}).result(timeout=5)
    first.cancel()
    farmed.until(farmed.is_at_rest)
    assert not (tmp_path / "late").exists()


# F10: sizes


def test_arguments_and_results_up_to_the_limit_pass_and_others_are_refused(farm: Callable[..., Farm]) -> None:
    limit = 1 << 20
    farm(one_slot(limit=limit))
    around = len('{"class":"Echo","args":""}') + 2
    assert spawn("Echo", "x" * (limit - around)).result(timeout=10)
    with pytest.raises(Exception, match="exceed the limit"):
        spawn("Echo", "x" * (limit + 1 - around)).result(timeout=10)
    with pytest.raises(Exception, match="exceeds the limit"):
        spawn("Echo", "x" * (2 * limit)).result(timeout=10)
    envelope = len('{"ok":true,"result":""}')
    assert len(spawn("Return", {"what": limit - envelope}).result(timeout=10)) == limit - envelope
    with pytest.raises(TaskError, match="exceed the limit"):
        spawn("Return", {"what": limit + 1 - envelope}).result(timeout=10)
    assert spawn("Echo", None).result(timeout=5) == {}


# F11: handles


async def test_a_result_is_taken_once(farm: Callable[..., Farm]) -> None:
    farm()
    task = spawn("Echo", 1)
    assert await task == 1
    with pytest.raises(UnknownTask, match="unknown or already awaited Pogo task"):
        await task


async def test_a_handle_is_of_no_use_to_another_request(farm: Callable[..., Farm]) -> None:
    farm()
    async with request_scope("r1"):
        task = spawn("Echo", 1)
        id = pogo_spawn("Echo", 2)
        async with request_scope("r2"):
            with pytest.raises(UnknownTask):
                await task
            with pytest.raises(UnknownTask):
                pogo_await(id)
        assert await task == 1
        assert pogo_await(id) == 2
        leftover = spawn("Echo", 3)
    with pytest.raises(UnknownTask):
        await leftover


async def test_a_handle_works_in_another_thread_of_its_request(farm: Callable[..., Farm]) -> None:
    farm()
    async with request_scope("r1"):
        task = spawn("Echo", 1)
        assert await asyncio.to_thread(task.result, 5) == 1
        other = await asyncio.to_thread(spawn, "Echo", 2)
        assert await other.wait(timeout=5) == 2


async def test_an_awaiting_coroutine_that_is_cancelled_cancels_the_job(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await spawn("Sleep", {"seconds": 60})
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


# The seed's rules for timeouts and pools


def test_a_negative_timeout_leaves_the_task_alive(farm: Callable[..., Farm]) -> None:
    farm()
    id = pogo_spawn("Echo", 1)
    with pytest.raises(RuntimeError, match="Pogo await timeout must be greater than or equal to zero"):
        pogo_await(id, -1.0)
    assert pogo_await(id, 2.0) == 1


def test_an_await_timeout_drops_the_task(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    id = pogo_spawn("Sleep", {"seconds": 60})
    with pytest.raises(TaskTimeout, match=r"Pogo await timed out after 50ms"):
        pogo_await(id, 0.05)
    with pytest.raises(UnknownTask):
        pogo_await(id)
    farmed.until(farmed.is_at_rest)


def test_an_unknown_pool_is_refused_by_name(farm: Callable[..., Farm]) -> None:
    farm()
    with pytest.raises(UnknownPool, match=r'^unknown Pogo pool "nowhere"$'):
        spawn("Echo", {}, pool="nowhere")


# Threads share one connection


def test_many_threads_get_each_its_own_results(farm: Callable[..., Farm]) -> None:
    from concurrent.futures import ThreadPoolExecutor

    farmed = farm()
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: spawn("Echo", n).result(timeout=20), range(400))) == list(range(400))
    farmed.until(farmed.is_at_rest)
