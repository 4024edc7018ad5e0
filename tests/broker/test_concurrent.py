"""Workers with several slots: async jobs on one loop, sync ones in threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import TaskError, TaskLost, request_scope, spawn, wait_all
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.jobs.wire import Outcome

Farm = Any


def crowd(farm: Callable[..., Farm], slots: int = 4, processes: int = 1, grace: float = 0.3) -> Farm:
    plan = PoolPlan(name="default", slots=slots * processes, secret="s", cancel_grace=grace)
    return farm(plan, POGO_SLOTS=str(slots))


@pytest.mark.parametrize("job", ["Sleep", "AsyncSleep"])
async def test_jobs_overlap_in_one_process(farm: Callable[..., Farm], job: str) -> None:
    farmed = crowd(farm)
    begin = time.monotonic()
    await wait_all(spawn(job, {"seconds": 0.5}) for _ in range(4))
    assert time.monotonic() - begin < 1.5
    assert len(farmed.pids) == 1


async def test_jobs_are_spread_over_the_processes(farm: Callable[..., Farm]) -> None:
    crowd(farm, slots=2, processes=2)
    pids = await wait_all(spawn("AsyncPid") for _ in range(4))
    assert sorted(pids.count(pid) for pid in set(pids)) == [2, 2]


async def test_each_job_has_its_own_context(farm: Callable[..., Farm]) -> None:
    crowd(farm)

    async def ask(id: str) -> str:
        async with request_scope(id):
            return str((await spawn("Context"))["request_id"])

    assert await asyncio.gather(*[ask(str(n)) for n in range(12)]) == [str(n) for n in range(12)]


@pytest.mark.parametrize("how", ["value", "exit", "interrupt", "group"])
async def test_no_exception_of_a_job_ends_the_others(farm: Callable[..., Farm], how: str) -> None:
    farmed = crowd(farm)
    neighbour = spawn("AsyncSleep", {"seconds": 0.2})
    with pytest.raises(TaskError):
        await spawn("Fail", {"how": how})
    await neighbour
    assert len(farmed.pids) == 1


async def test_a_cancelled_async_job_leaves_its_neighbours_alone(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = crowd(farm, grace=30)
    neighbour = spawn("AsyncSleep", {"seconds": 0.5, "nonce": 1})
    doomed = spawn(
        "AsyncSleep", {"seconds": 60, "started": str(tmp_path / "started"), "cancelled": str(tmp_path / "cancelled")}
    )
    await asyncio.to_thread(farmed.until, (tmp_path / "started").exists)
    doomed.cancel()
    assert (await neighbour)["nonce"] == 1
    await asyncio.to_thread(farmed.until, (tmp_path / "cancelled").exists)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


async def test_a_thread_that_ignores_its_cancel_is_killed_when_its_neighbours_are_done(
    farm: Callable[..., Farm],
) -> None:
    farmed = crowd(farm)
    (pid,) = farmed.pids
    neighbour = spawn("Sleep", {"seconds": 1.0, "nonce": 1})
    doomed = spawn("Burn", {"seconds": 60})
    await asyncio.to_thread(farmed.until, lambda: farmed.pool().busy == 2)
    doomed.cancel()
    assert (await neighbour)["nonce"] == 1
    await asyncio.to_thread(farmed.until, lambda: farmed.is_at_rest() and pid not in farmed.pids)


async def test_a_death_costs_all_jobs_of_the_process_and_names_its_cause(farm: Callable[..., Farm]) -> None:
    farmed = crowd(farm)
    results = await wait_all(
        [spawn("AsyncSleep", {"seconds": 60}), spawn("Die", {"how": "SIGKILL"})], return_errors=True
    )
    assert [type(result) for result in results] == [TaskLost, TaskLost]
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)


@pytest.mark.parametrize("job", ["Count", "AsyncCount"])
async def test_parts_come_from_both_kinds_of_jobs_at_once(farm: Callable[..., Farm], job: str) -> None:
    crowd(farm)

    async def count() -> list[int]:
        return [part async for part in spawn(job, {"to": 30}, window=3)]

    assert await asyncio.gather(*[count() for _ in range(4)]) == [list(range(30))] * 4
