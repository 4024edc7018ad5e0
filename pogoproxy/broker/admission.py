"""What is not let in: the reasons to refuse a spawn at once, with nothing queued."""

from __future__ import annotations

from collections.abc import Mapping

from ..jobs.wire import Spawn
from . import verdicts
from .nesting import would_deadlock
from .poison import Poison
from .pool import Pool
from .task import Task


class Admission:
    """The door. `poison` remembers the jobs that kill workers; a closing broker lets nobody in."""

    def __init__(self) -> None:
        self.poison = Poison()
        self.is_closing = False

    def refusal(
        self, pool: Pool, spawn: Spawn, parent: Task | None, pools: Mapping[str, Pool], now: float
    ) -> bytes | None:
        """The verdict on a spawn that is refused; None if it is welcome."""
        plan = pool.plan
        if self.is_closing:
            return verdicts.shutting_down()
        if len(spawn.job) > plan.limit:
            return verdicts.too_large("args", len(spawn.job), plan.limit)
        if deaths := self.poison.deaths(spawn.job, plan.poison):
            return verdicts.poisoned(deaths)
        if pool.is_deserted(now):
            return verdicts.no_worker(plan.name)
        if pool.is_full():
            return verdicts.queue_full(plan.name)
        if parent is not None and would_deadlock(parent, pool, pools):
            return verdicts.would_wait_for_itself(plan.name)
        return None
