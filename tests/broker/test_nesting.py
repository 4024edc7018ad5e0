"""Jobs that spawn jobs: context goes down, cancels go down, and no pool ever waits for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pogoproxy import request_scope, spawn
from pogoproxy.broker.actions import Action, Assign, Deliver
from pogoproxy.broker.core import Core
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.worker import Worker
from pogoproxy.jobs.wire import Outcome, Spawn, pack_job

Farm = Any
JOB = pack_job(b"{}")


def pools(**slots: int) -> list[PoolPlan]:
    return [PoolPlan(name=name, slots=count, secret="s", cancel_grace=0.3) for name, count in slots.items()]


@pytest.mark.parametrize(
    ("slots", "order", "depth", "end"),
    [
        ({"default": 1}, ["default"], 5, "refused"),
        ({"default": 3}, ["default"], 2, "bottom"),
        ({"default": 3}, ["default"], 3, "refused"),
        ({"default": 1, "inner": 1}, ["inner", "default"], 5, "refused"),
        ({"default": 1, "inner": 1}, ["inner"], 1, "bottom"),
    ],
)
def test_nested_spawns_reach_the_bottom_or_are_refused_at_once(
    farm: Callable[..., Farm], slots: dict[str, int], order: list[str], depth: int, end: str
) -> None:
    farmed = farm(*pools(**slots))
    assert spawn("Nest", {"depth": depth, "pools": order}).result(timeout=10) == end
    farmed.until(farmed.is_at_rest)


async def test_what_a_job_spawned_and_did_not_await_ends_with_it(farm: Callable[..., Farm]) -> None:
    farmed = farm(*pools(default=1, inner=1))
    await spawn("Forget")
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert farmed.pool("inner").ended[Outcome.CANCELLED] == 1


async def test_cancelling_a_job_cancels_what_it_spawned(farm: Callable[..., Farm]) -> None:
    farmed = farm(*pools(default=1, inner=1))
    async with request_scope("r1"):
        spawn("Forget", {"seconds": 60})
        await asyncio.to_thread(farmed.until, lambda: farmed.pool("inner").busy == 1)
    await asyncio.to_thread(farmed.until, farmed.is_at_rest)
    assert farmed.pool("inner").ended[Outcome.CANCELLED] == 1


async def test_request_id_trace_and_deadline_reach_a_job_and_its_children(farm: Callable[..., Farm]) -> None:
    farm(*pools(default=1, inner=1))
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with request_scope("r-7", timeout=5, traceparent=trace):
        outer = await spawn("Context", {"inner": "inner"})
    for seen in (outer, outer["inner"]):
        assert (seen["request_id"], seen["traceparent"]) == ("r-7", trace)
        assert 0 < seen["left"] <= 5
    assert outer["inner"]["left"] < outer["left"]


GRAPH = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from("abc"), st.booleans()),
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(sizes=st.tuples(st.integers(1, 2), st.integers(1, 2), st.integers(1, 2)), moves=GRAPH)
def test_no_set_of_jobs_ever_waits_in_a_circle(sizes: tuple[int, int, int], moves: list[tuple[int, str, bool]]) -> None:
    """Each job waits for all its children before it answers; whatever they do, all of them end without a timeout."""
    plans = pools(**dict(zip("abc", sizes, strict=True)))
    core = Core(plans)
    core.open_caller(1)
    running: dict[int, int] = {}
    open_children: dict[int, set[int]] = {}
    parent_of: dict[int, int] = {}

    def perform(actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Assign(worker, task, _, _, _):
                    running[task] = worker
                case Deliver(_, task, _, _):
                    open_children.get(parent_of.get(task, 0), set()).discard(task)

    number = 10
    for plan in plans:
        for _ in range(plan.slots):
            number += 1
            perform(core.join(Worker(number, number, plan.name, "s"), 0.0))
    id = 1 << 32
    for choice, pool, is_nested in moves:
        id += 1
        parent = sorted(running)[choice % len(running)] if is_nested and running else 0
        if parent:
            parent_of[id] = parent
            open_children.setdefault(parent, set()).add(id)
        perform(core.spawn(1, id, Spawn(pool, JOB, 0, parent), 0.0))
    while core.ledger.tasks:
        leaves = [task for task in running if not open_children.get(task)]
        assert leaves, "every job waits for another"
        perform(core.done(running.pop(leaves[0]), leaves[0], Outcome.DONE, b"{}", 0.0))
