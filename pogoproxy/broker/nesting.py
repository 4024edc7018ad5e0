"""Nested spawns: a job that spawns into a pool and waits there may wait, in the end, for its own slot.

A nested task may queue as long as some slot of its pool will come free without it. We take it that a job waits for
all tasks that it has open, so the answer errs on the side of refusing. Every nested spawn that would have to queue is
checked, hence no set of jobs can ever wait in a circle, over however many pools.
"""

from __future__ import annotations

from collections.abc import Mapping

from .pool import Pool
from .task import CANCELLING, QUEUED, SENT, Task


def would_deadlock(parent: Task, pool: Pool, pools: Mapping[str, Pool]) -> bool:
    """Whether a child of `parent` that queues in `pool` could only start after `parent` has ended."""
    flowing = {name for name, each in pools.items() if each.has_room() or each.is_short_of_workers()}

    def can_end(task: Task) -> bool:
        if task.state is CANCELLING:
            return True
        if task.state in (QUEUED, SENT):
            return task.pool in flowing
        if task is parent and pool.plan.name not in flowing:
            return False
        return all(can_end(child) for child in task.children)

    stuck = [each for name, each in pools.items() if name not in flowing]
    while freed := [each for each in stuck if any(can_end(task) for task in each.running())]:
        flowing.update(each.plan.name for each in freed)
        stuck = [each for each in stuck if each not in freed]
    return pool.plan.name not in flowing
