"""A job that leaves its process in disorder: the protocol survives, and the next job finds what it expects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pogoproxy import JobError, spawn
from pogoproxy.broker.plan import PoolPlan

Farm = Any


@pytest.mark.parametrize(
    "what", ["print", "close_stdio", "close_all", "chdir", "environ", "umask", "stdout", "signals"]
)
def test_disorder_does_not_reach_the_next_job(farm: Callable[..., Farm], what: str) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s", cancel_grace=0.3))
    before = spawn("State").result(timeout=5)
    try:
        spawn("Havoc", {"what": what}).result(timeout=5)
    except JobError:
        assert what == "close_all"
    assert spawn("State").result(timeout=10) == before
    assert spawn("Echo", 1).result(timeout=5) == 1
    farmed.until(farmed.is_at_rest)


def test_a_cancel_works_after_a_job_took_all_signals(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s", cancel_grace=5))
    pid = spawn("Pid").result(timeout=5)
    spawn("Havoc", {"what": "signals"}).result(timeout=5)
    task = spawn("Sleep", {"seconds": 60})
    farmed.until(lambda: farmed.pool().busy == 1)
    task.cancel()
    assert farmed.until(farmed.is_at_rest) < 4
    assert spawn("Pid").result(timeout=5) == pid
