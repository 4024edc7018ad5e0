"""Partial results: in order, before the result, and no faster than they are taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import JobError, TaskCancelled, TaskError, request_scope, spawn
from pogoproxy.jobs.wire import Outcome

Farm = Any


@pytest.mark.parametrize("window", [1, 2, 7, 1000])
def test_parts_come_in_order_and_then_the_result(farm: Callable[..., Farm], window: int) -> None:
    farm()
    task = spawn("Count", {"to": 100}, window=window)
    assert list(task) == list(range(100))
    assert task.result(timeout=5) == 4950


@pytest.mark.parametrize("job", ["Count", "AsyncCount"])
async def test_a_coroutine_iterates_as_well(farm: Callable[..., Farm], job: str) -> None:
    farm()
    task = spawn(job, {"to": 50}, window=4)
    assert [part async for part in task] == list(range(50))
    assert await task in (1225, None)


@pytest.mark.parametrize("job", ["Count", "AsyncCount"])
async def test_a_slow_reader_holds_the_job_back(farm: Callable[..., Farm], tmp_path: Path, job: str) -> None:
    farm()
    progress = tmp_path / "progress"
    seen = 0
    async for part in spawn(job, {"to": 40, "progress": str(progress)}, window=4):
        seen = part
        await asyncio.sleep(0.002)
        assert not progress.exists() or int(progress.read_text() or seen) <= seen + 4
    assert seen == 39


async def test_an_error_after_some_parts_is_raised_where_the_parts_end(farm: Callable[..., Farm]) -> None:
    farm()
    seen = []
    with pytest.raises(TaskError, match="at the end"):
        async for part in spawn("Count", {"to": 3, "fail": True}, window=8):
            seen.append(part)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("job", ["Count", "AsyncCount"])
async def test_a_reader_who_leaves_ends_the_job_with_the_request(farm: Callable[..., Farm], job: str) -> None:
    farmed = farm()
    async with request_scope("r1"):
        async for _ in spawn(job, {"to": 1 << 40}, window=2):
            break
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


@pytest.mark.parametrize("window", [0, 2])
def test_one_who_wants_only_the_result_gets_it(farm: Callable[..., Farm], window: int) -> None:
    farm()
    assert spawn("Count", {"to": 100}, window=window).result(timeout=5) == 4950


def test_a_task_without_a_window_has_no_parts(farm: Callable[..., Farm]) -> None:
    farm()
    with pytest.raises(JobError, match="without a window"):
        list(spawn("Count", {"to": 3}))


def test_a_job_that_waits_for_its_reader_can_be_cancelled(farm: Callable[..., Farm]) -> None:
    farmed = farm()
    task = spawn("Count", {"to": 100}, window=1)
    assert next(iter(task)) == 0
    task.cancel()
    with pytest.raises(TaskCancelled):
        list(task)
    farmed.until(farmed.is_at_rest)
