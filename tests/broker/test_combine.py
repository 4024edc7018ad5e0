"""Fan-out and fan-in with every mixture of done, failed, lost and late."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from pogoproxy import (
    TaskError,
    TaskLost,
    TaskTimeout,
    TooFewDone,
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
