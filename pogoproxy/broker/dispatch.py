"""What becomes of a task between its admission and its end: who gets it, who gives it back, how it is given up."""

from __future__ import annotations

from ..jobs.wire import Outcome
from . import verdicts
from .actions import Action, Assign, Deliver
from .ledger import Ledger
from .poison import Poison
from .pool import Pool
from .task import CANCELLING, QUEUED, RUNNING, Task
from .upkeep import Upkeep
from .worker import Worker
from .workforce import Workforce

GRACE = 1.0
"""Seconds between kills, and of a cancelled task whose pool is gone from the configuration."""


class Dispatch:
    """Moves tasks between the pools' queues, their workers, and the books."""

    def __init__(
        self, pools: dict[str, Pool], ledger: Ledger, workforce: Workforce, upkeep: Upkeep, poison: Poison
    ) -> None:
        self._pools = pools
        self._ledger = ledger
        self._workforce = workforce
        self._upkeep = upkeep
        self._poison = poison

    def assign(self, pool: Pool, now: float) -> list[Action]:
        """Hand out what is queued, as far as workers take it."""
        actions: list[Action] = []
        for task, worker in pool.match(now):
            remaining = max(1, int((task.deadline - now) * 1000))
            actions.append(Assign(worker.number, task.id, remaining, task.credit, task.job))
            if worker.is_aging():
                actions += self._workforce.replace(worker)
        self._upkeep.watch(pool, now)
        return actions

    def go_on(self, worker: Worker, now: float) -> list[Action]:
        """The worker has done a job, or given it back: it begins the next one in its hands, and may get others."""
        if worker.ahead and not worker.tasks:
            self._begin_next(worker, now)
        pool = self._pools.get(worker.pool)
        return [] if pool is None else self._workforce.reuse(worker, pool, now) + self.assign(pool, now)

    def _begin_next(self, worker: Worker, now: float) -> None:
        task = worker.take_up(now)
        if (pool := self._pools.get(task.pool)) is not None:
            pool.begun(task, now)
        if task.verdict is not None:  # the cancel was on its way
            self._ledger.remind(task, now + self._grace(task))

    def regain(self, task: Task, now: float) -> list[Action]:
        """A job that its worker has not begun goes on to another."""
        pool = self._pools.get(task.pool)
        if task.verdict is not None:
            if pool is not None:
                pool.withdraw(task)
            self._ledger.end(task, task.verdict, now)
            return []
        if pool is not None:
            pool.put_back(task)
            return []
        task.move(QUEUED)
        return self.give_up(task, Outcome.REJECTED, verdicts.shutting_down(), now)

    def _grace(self, task: Task) -> float:
        pool = self._pools.get(task.pool)
        return GRACE if pool is None else pool.plan.cancel_grace

    def give_up(self, task: Task, verdict: Outcome, body: bytes, now: float) -> list[Action]:
        """End a queued task at once; for a running one tell the caller now and the worker that it is over."""
        pool = self._pools.get(task.pool)
        deliver = Deliver(task.caller, task.id, verdict, body, *task.times(now))
        if task.state is QUEUED:
            if pool is not None:
                pool.withdraw(task)
            self._ledger.end(task, verdict, now)
            return [deliver]
        if task.state is CANCELLING:
            return []
        has_begun = task.state is RUNNING
        task.move(CANCELLING)
        task.verdict = verdict
        self._ledger.remind(task, now + self._grace(task) if has_begun else None)
        return [deliver, *self._workforce.tell_cancel(task)]

    def bury(self, worker: Worker, now: float) -> list[Action]:
        """A worker's process is dead, and what it ran is lost."""
        actions: list[Action] = []
        for task in worker.tasks.values():
            if task.verdict is not None:
                self._ledger.end(task, task.verdict, now)
                continue
            self._poison.blame(task.job)
            self._ledger.end(task, Outcome.LOST, now)
            body = verdicts.lost(task.pool, worker.pid, worker.report)
            actions.append(Deliver(task.caller, task.id, Outcome.LOST, body, *task.times(now)))
        self._workforce.bury(worker)
        return actions
