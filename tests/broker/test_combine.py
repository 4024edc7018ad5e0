"""Fan-out and fan-in with every mixture of done, failed, lost and late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pogoproxy import (
    JobError,
    TaskError,
    TaskLost,
    TaskTimeout,
    TooFewDone,
    UnknownTask,
    first_k,
    request_scope,
    spawn,
    spawn_map,
    wait_all,
    wait_any,
)
from pogoproxy.jobs.wire import Outcome

Farm = Any


def mixture() -> list[Any]:
    return [
        spawn("Echo", "a"),
        spawn("Fail", {"how": "value"}),
        spawn("Die", {"how": "SIGKILL"}),
        asyncio.sleep(0, "not a task"),
        spawn("Echo", "b"),
    ]


async def test_all_results_stand_in_the_order_of_the_tasks(farm: Callable[..., Farm]) -> None:
    farm()
    tasks = [spawn("Sleep", {"seconds": 0.05 - n / 100, "n": n}) for n in range(5)]
    assert [result["n"] for result in await wait_all(tasks)] == list(range(5))


async def test_errors_stand_in_their_places(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    slow = spawn("Sleep", {"seconds": 60})
    results = await wait_all([*mixture(), slow], timeout=5.0, return_errors=True)
    assert [results[place] for place in (0, 3, 4)] == ["a", "not a task", "b"]
    assert [type(results[place]) for place in (1, 2, 5)] == [TaskError, TaskLost, TaskTimeout]
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)


async def test_the_first_failure_cancels_the_others(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    with pytest.raises(TaskError, match="no such sku"):
        await wait_all([spawn("Sleep", {"seconds": 60}), spawn("Fail", {"how": "value"})])
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


async def test_any_takes_the_first_success_and_cancels_the_rest(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    tasks = [spawn("Fail", {"how": "value"}), spawn("Sleep", {"seconds": 60}), spawn("Echo", "won")]
    assert await wait_any(tasks, timeout=5) == (2, "won")
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)


async def test_first_k_of_a_mixture(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    assert await first_k(mixture(), 3, timeout=5) == [(0, "a"), (3, "not a task"), (4, "b")]
    with pytest.raises(TooFewDone) as failed:
        await first_k(mixture(), 4, timeout=5)
    assert {type(error) for error in failed.value.errors} == {TaskError, TaskLost}
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)


async def test_task_groups_and_gather_take_tasks(farm: Callable[..., Farm]) -> None:
    farm()
    assert await asyncio.gather(spawn("Echo", 1), spawn("Echo", 2)) == [1, 2]
    async with asyncio.TaskGroup() as group:
        futures = [group.create_task(spawn("Echo", n).wait()) for n in range(3)]
    assert [future.result() for future in futures] == [0, 1, 2]


async def test_a_map_keeps_the_order_and_its_window(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    most = 0
    results = []
    async for result in spawn_map("Echo", range(100), window=5):
        results.append(result)
        pool = await asyncio.to_thread(farmed.pool)
        most = max(most, pool.busy + pool.queued)
    assert results == list(range(100))
    assert most <= 5


def test_a_map_in_a_thread_cancels_what_is_open_when_it_is_left(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    with request_scope("r1"):
        for result in spawn_map("Echo", range(1000)):
            if result == 3:
                break
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().spawned < 12


# In threads


def test_a_thread_waits_for_all_in_order_and_each_error_stands_in_its_place(farm: Callable[..., Farm]) -> None:
    farm()
    tasks = [spawn("Sleep", {"seconds": 0.05 - n / 100, "n": n}) for n in range(5)]
    assert [result["n"] for result in wait_all(tasks).result()] == list(range(5))
    tasks = [spawn("Echo", "a"), spawn("Fail", {"how": "value"}), spawn("Count", {"to": 4}, window=1)]
    a, failed, total = wait_all(tasks, timeout=20, return_errors=True).result()
    assert (a, type(failed), total) == ("a", TaskError, 6)


def test_a_thread_hears_of_the_first_failure_at_once_and_the_others_are_cancelled(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    tasks = [spawn("Sleep", {"seconds": 60}), spawn("Fail", {"how": "value"})]
    with pytest.raises(TaskError, match="no such sku"):
        wait_all(tasks).result()
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


def test_a_thread_takes_the_first_successes_or_hears_that_there_are_too_few(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    tasks = [spawn("Sleep", {"seconds": 60}), spawn("Fail", {"how": "value"}), spawn("Echo", "b")]
    assert wait_any(tasks).result() == (2, "b")
    tasks = [spawn("Fail", {"how": "value"}), spawn("Echo", 1), spawn("Echo", 2)]
    assert first_k(tasks, 2).result() == [(1, 1), (2, 2)]
    assert first_k([], 0).result() == []
    with pytest.raises(TooFewDone) as few:
        first_k([spawn("Fail", {"how": "value"}), spawn("Echo", 1)], 2).result()
    assert [type(error) for error in few.value.errors] == [TaskError]
    farmed.until(farmed.is_at_rest)


def test_a_thread_s_timeout_counts_for_all_that_are_not_done(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    tasks = [spawn("Sleep", {"seconds": 60}), spawn("Echo", 1), spawn("Sleep", {"seconds": 60})]
    late, done, queued = wait_all(tasks, timeout=0.5, return_errors=True).result()
    assert done == 1
    assert [str(late), str(queued)] == ["Pogo await timed out after 500ms"] * 2
    with pytest.raises(UnknownTask):
        tasks[0].result()
    farmed.until(farmed.is_at_rest)


async def test_a_thread_can_only_wait_for_tasks_of_one_kind(farm: Callable[..., Farm]) -> None:
    farm()
    on_loop = spawn("Echo", 1)
    with pytest.raises(JobError, match="only tasks"):
        wait_all([on_loop, asyncio.get_running_loop().create_future()]).result()
    in_thread = await asyncio.to_thread(spawn, "Echo", 2)
    with pytest.raises(JobError, match="several event loops"):
        await asyncio.to_thread(wait_all([spawn("Echo", 1), in_thread]).result)


async def test_a_combination_may_be_part_of_another(farm: Callable[..., Farm]) -> None:
    farm()
    both = await wait_all([wait_all([spawn("Echo", 1), spawn("Echo", 2)]), wait_any([spawn("Echo", 3)])])
    assert both == [[1, 2], (0, 3)]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(wait_all([spawn("Echo", 4)]).wait())
    assert task.result() == [4]
