"""All workers: who may join, who serves, who has to go, who is dead. Tasks are the core's business."""

from __future__ import annotations

from ..jobs.wire import WireError, quoted
from .actions import Action, CutOff, Drain, Hire, Kill, Recall, Release, TellCancel
from .agenda import Agenda
from .pool import Pool
from .task import Task
from .worker import CONDEMNED, DRAINING, GONE, SERVING, ExitReport, Worker

MOURNING = 1.0
"""Seconds between the end of a worker's connection and the word on its process, whichever comes first."""
LEAVING = 10.0
"""Seconds that an idle worker may take to end once it was told to."""


class Workforce:
    """Workers by connection and by pid, over the pools of the core."""

    def __init__(self, pools: dict[str, Pool], agenda: Agenda) -> None:
        self.workers: dict[int, Worker] = {}
        self._pools = pools
        self._by_pid: dict[int, Worker] = {}
        self._agenda = agenda

    def join(self, worker: Worker, now: float) -> list[Action]:
        """A worker has come, perhaps in place of one that then goes; WireError if nobody expects it."""
        pool = self._current_pool(worker)
        if pool is None:
            raise WireError(f"no worker with this secret is expected in pool {quoted(worker.pool)}")
        self.workers[worker.number] = self._by_pid[worker.pid] = worker
        pool.workers[worker.number] = worker
        pool.deserted = None
        worker.max_jobs = pool.plan.max_jobs
        pool.offer(worker)
        return self._relieve(pool, now)

    def _relieve(self, pool: Pool, now: float) -> list[Action]:
        """Dismiss the worn workers that the pool can do without."""
        actions: list[Action] = []
        for worker in [worker for worker in pool.workers.values() if worker.is_worn]:
            if worker.slots <= pool.surplus():
                actions += self.dismiss(worker, now)
        return actions

    def replace(self, worker: Worker) -> list[Action]:
        """Have another started in its place; it serves until that one has come."""
        if worker.is_worn or not worker.is_serving():
            return []
        worker.is_worn = True
        if (pool := self._pools.get(worker.pool)) is not None:
            pool.replaced += 1
        return [Release(worker.pid), Hire(worker.pool)]

    def let_go(self, worker: Worker, now: float) -> list[Action]:
        """Dismiss a worker that nobody replaces."""
        return [Release(worker.pid), *self.dismiss(worker, now)]

    def regroup(self, now: float) -> list[Action]:
        """The plans have changed: workers of the old ones are dismissed."""
        strangers = [worker for worker in self.workers.values() if self._current_pool(worker) is None]
        return [action for worker in strangers for action in self.dismiss(worker, now)]

    def dismiss(self, worker: Worker, now: float) -> list[Action]:
        """Let a worker finish what it runs, and end."""
        if worker.standing is not SERVING:
            return []
        worker.move(DRAINING)
        worker.latest = None
        self._withdraw(worker, now)
        self._see_off(worker, now)
        return [Drain(worker.number)]

    def _see_off(self, worker: Worker, now: float) -> None:
        """It has been told to end: once it is idle it has no excuse."""
        if worker.standing is DRAINING and worker.report is None and not worker.held():
            self._agenda.set(worker, now + LEAVING)

    def condemn(self, worker: Worker, now: float) -> list[Action]:
        """A worker let a cancel's grace pass."""
        if worker.standing in (SERVING, DRAINING):
            worker.move(CONDEMNED)
            self._withdraw(worker, now)
        return self.kill_if_expendable(worker)

    def kill_if_expendable(self, worker: Worker) -> list[Action]:
        """Kill a condemned worker as soon as nobody waits for anything that it runs."""
        return [Kill(worker.pid, "a cancelled task ignored its grace")] if worker.is_expendable() else []

    def tell_cancel(self, task: Task) -> list[Action]:
        """Tell the task's worker, if it can still hear, that the task is over."""
        worker = self.workers[task.worker]
        worker.latest = None
        told: list[Action] = [] if worker.standing is GONE else [TellCancel(worker.number, task.id)]
        return told + self.kill_if_expendable(worker)

    def recall(self, worker: Worker) -> list[Action]:
        """Call back what lies in its hands, the last one first, so that it queues in its order."""
        worker.is_recalled = True
        self._pools[worker.pool].offer(worker)
        return [Recall(worker.number, id) for id, task in reversed(worker.ahead.items()) if task.verdict is None]

    def reuse(self, worker: Worker, pool: Pool, now: float) -> list[Action]:
        """A worker has done a job, or given it back."""
        if worker.standing is CONDEMNED:
            return self.kill_if_expendable(worker)
        if worker.standing is DRAINING:
            self._see_off(worker, now)
        elif worker.is_spent():
            return self.dismiss(worker, now)
        pool.offer(worker)
        return []

    def leave(self, worker: Worker, now: float) -> bool:
        """A connection ended. Whether the worker can be buried now, without waiting for the word on it."""
        worker.move(GONE)
        self._withdraw(worker, now)
        if worker.report is not None or not worker.tasks:
            return True
        self._agenda.set(worker, now + MOURNING)
        return False

    def report(self, pid: int, report: ExitReport, now: float) -> Worker | None:
        """The word on a process. Returns the worker if it can be buried now: all that it had sent has been read."""
        worker = self._by_pid.get(pid)
        if worker is None:
            return None
        worker.report = report
        if worker.standing is GONE:
            return worker
        self._withdraw(worker, now)
        self._agenda.set(worker, now + MOURNING)
        return None

    def see_to(self, worker: Worker) -> CutOff | Kill | None:
        """A worker is due. One whose connection outlives it, in a child that it forked, is cut off; one that stays
        though it was told to end, killed; None: its mourning is over."""
        if worker.standing is GONE:
            return None
        if worker.report is not None:
            return CutOff(worker.number, "the worker's process is dead")
        return Kill(worker.pid, "it does not end, though it was told to")

    def bury(self, worker: Worker) -> None:
        """Forget a worker."""
        self._agenda.discard(worker)
        del self.workers[worker.number]
        if self._by_pid.get(worker.pid) is worker:
            del self._by_pid[worker.pid]

    def _current_pool(self, worker: Worker) -> Pool | None:
        pool = self._pools.get(worker.pool)
        return pool if pool is not None and pool.plan.secret == worker.secret else None

    def _withdraw(self, worker: Worker, now: float) -> None:
        """It takes no more jobs. A dying one leaves the pool, a draining one does with its last breath."""
        if (pool := self._pools.get(worker.pool)) is None:
            return
        if worker.standing is GONE:
            pool.remove(worker)
        else:
            pool.offer(worker)
        if pool.deserted is None and not any(each.is_serving() for each in pool.workers.values()):
            pool.deserted = now
