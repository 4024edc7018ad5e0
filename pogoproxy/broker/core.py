"""Every decision of the broker: events in, actions out. No I/O and no clock, so that a model can be held against it.

Two promises lead the code. A caller hears of each of its tasks exactly once, at the moment its fate is known. A slot
is given on only by the worker itself (DONE) or by its death, so that no cancel and no kill can hit the next job.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..jobs.wire import Outcome, Spawn, WireError
from . import verdicts
from .actions import Action, Credit, Deliver, Part
from .admission import Admission
from .agenda import Agenda
from .deadlines import Deadlines
from .dispatch import GRACE, Dispatch
from .ledger import Ledger
from .plan import PoolPlan
from .pool import Pool
from .stats import PoolStats
from .task import CANCELLING, RUNNING, Task
from .upkeep import Upkeep
from .worker import ExitReport, Worker
from .workforce import Workforce

_ANSWERS = (Outcome.DONE, Outcome.ERROR)


class Core:
    """All pools, workers, callers and open tasks. `now` is a monotonic time in seconds."""

    def __init__(self, plans: Iterable[PoolPlan] = ()) -> None:
        self.pools: dict[str, Pool] = {plan.name: Pool(plan) for plan in plans}
        self.strays = 0
        """Spawns into pools that do not exist; each was rejected."""
        self._agenda: Agenda = Deadlines()
        self.ledger = Ledger(self.pools, self._agenda)
        self.workforce = Workforce(self.pools, self._agenda)
        self._admission = Admission()
        self._upkeep = Upkeep(self.workforce, self._agenda)
        self._dispatch = Dispatch(self.pools, self.ledger, self.workforce, self._upkeep, self._admission.poison)

    # Callers

    def open_caller(self, caller: int) -> None:
        """A caller said hello."""
        self.ledger.open_caller(caller)

    def close_caller(self, caller: int, now: float) -> list[Action]:
        """A caller's connection ended, and with it all its tasks."""
        actions: list[Action] = []
        for task in self.ledger.close_caller(caller):
            actions += self._dispatch.give_up(task, Outcome.CANCELLED, b"", now)
        return [action for action in actions if not isinstance(action, Deliver)]

    def spawn(self, caller: int, id: int, spawn: Spawn, now: float) -> list[Action]:
        """A caller's SPAWN; WireError if the id is not its next one."""
        self.ledger.use_id(caller, id)
        pool = self.pools.get(spawn.pool or "default")
        if pool is None:
            self.strays += 1
            return [Deliver(caller, id, Outcome.REJECTED, verdicts.unknown_pool(spawn.pool))]
        pool.spawned += 1
        parent = self.ledger.tasks.get(spawn.parent) if spawn.parent else None
        refusal = self._admission.refusal(pool, spawn, parent, self.pools, now)
        if refusal is not None:
            pool.ended[Outcome.REJECTED] += 1
            return [Deliver(caller, id, Outcome.REJECTED, refusal)]
        wait = pool.plan.max_wait
        if spawn.remaining:
            wait = min(wait, spawn.remaining / 1000)
        task = Task(id, caller, pool.plan.name, spawn.job, now, now + wait, spawn.credit)
        self.ledger.admit(task, parent)
        pool.enqueue(task)
        return self._dispatch.assign(pool, now)

    def cancel(self, caller: int, id: int, now: float) -> list[Action]:
        """A caller's CANCEL; of no effect on a task that ended, is being cancelled, or is another caller's."""
        task = self.ledger.owned(caller, id)
        return [] if task is None else self._dispatch.give_up(task, Outcome.CANCELLED, verdicts.cancelled(), now)

    def credit(self, caller: int, id: int, more: int) -> list[Action]:
        """A caller takes more partial results of a task."""
        task = self.ledger.owned(caller, id)
        if task is None:
            return []
        task.credit += more
        if task.state is not RUNNING:
            return []
        self.workforce.workers[task.worker].latest = None
        return [Credit(task.worker, id, more)]

    # Workers

    def join(self, worker: Worker, now: float) -> list[Action]:
        """A worker said hello; WireError if nobody expects it."""
        pool = self.pools.get(worker.pool)
        actions = self.workforce.join(worker, now)
        return actions if pool is None else actions + self._dispatch.assign(pool, now)

    def weigh(self, number: int, size: int) -> list[Action]:
        """A worker's process has been seen to have so many bytes."""
        worker = self.workforce.workers[number]
        pool = self.pools.get(worker.pool)
        is_heavy = pool is not None and 0 < pool.plan.max_memory < size
        return self.workforce.replace(worker) if is_heavy else []

    def done(self, number: int, id: int, outcome: Outcome, body: bytes, now: float) -> list[Action]:
        """A worker's DONE; WireError if it does not hold that task: then it has lost step and must go."""
        worker = self.workforce.workers[number]
        task = worker.finish(id) if outcome in _ANSWERS else None
        if task is None:
            raise WireError(f"worker {worker.pid} answered task {id}, which it does not hold")
        pool = self.pools.get(task.pool)
        actions: list[Action] = []
        if task.verdict is not None:
            self.ledger.end(task, task.verdict, now)
        else:
            if pool is not None and len(body) > pool.plan.limit:
                outcome, body = Outcome.ERROR, verdicts.too_large("results", len(body), pool.plan.limit)
            self._admission.poison.forgive(task.job)
            self.ledger.end(task, outcome, now)
            actions.append(Deliver(task.caller, id, outcome, body, *task.times(now)))
        return actions + self._dispatch.go_on(worker, now)

    def returned(self, number: int, id: int, now: float) -> list[Action]:
        """A worker's RETURN: it has not begun that job and will not. Id 0: it takes no more and is about to end."""
        worker = self.workforce.workers[number]
        if not id:
            return self.workforce.dismiss(worker, now)
        task = worker.give_back(id)
        if task is None:
            raise WireError(f"worker {worker.pid} returned task {id}, which it does not hold")
        return self._dispatch.regain(task, now) + self._dispatch.go_on(worker, now)

    def part(self, number: int, id: int, body: bytes) -> list[Action]:
        """A worker's partial result; dropped when nobody waits for it any more."""
        task = self.workforce.workers[number].tasks.get(id)
        if task is None or task.state is not RUNNING:
            return []
        if not task.credit:
            raise WireError(f"task {id} yields more than its caller takes")
        task.credit -= 1
        return [Part(task.caller, id, body)]

    def leave(self, number: int, now: float, *, is_unread: bool = False) -> list[Action]:
        """A worker's connection ended. Its tasks wait a moment for the word on its process.

        `is_unread` says that the last frame sent to it was never read: a job in that frame goes back to the queue.
        """
        worker = self.workforce.workers[number]
        actions: list[Action] = []
        while worker.ahead:  # the last one first, so that they queue in their order
            actions += self._dispatch.regain(worker.ahead.popitem()[1], now)
        rescued = worker.latest if is_unread else None
        if rescued is not None and worker.tasks.get(rescued.id) is rescued and rescued.verdict is None:
            actions += self._dispatch.regain(worker.tasks.pop(rescued.id), now)
        if self.workforce.leave(worker, now):
            actions += self._dispatch.bury(worker, now)
        if (pool := self.pools.get(worker.pool)) is not None:
            actions += self._dispatch.assign(pool, now)
        return actions

    def exited(self, pid: int, report: ExitReport, now: float) -> list[Action]:
        """The supervisor's word on a process. What the worker had sent before is still read first."""
        worker = self.workforce.report(pid, report, now)
        return [] if worker is None else self._dispatch.bury(worker, now)

    # Time and configuration

    def tick(self, now: float) -> list[Action]:
        """Act on all that is due."""
        actions: list[Action] = []
        rest: list[Worker | Pool] = []
        for late in self._agenda.pop_due(now):
            if isinstance(late, int):
                actions += self._overdue(self.ledger.tasks[late], now)
            else:
                rest.append(late)  # a worker that is cut off must have heard of its tasks' cancels before
        for worker in (each for each in rest if isinstance(each, Worker)):
            end = self.workforce.see_to(worker)
            actions += self._dispatch.bury(worker, now) if end is None else [end]
        for pool in (each for each in rest if isinstance(each, Pool)):
            actions += self._look_after(pool, now)
            self._upkeep.watch(pool, now)
        return actions

    def _overdue(self, task: Task, now: float) -> list[Action]:
        """A task's deadline has passed, or the grace of its cancel."""
        if task.state is CANCELLING:
            self.ledger.remind(task, now + GRACE)  # until it is dead
            return self._condemn(self.workforce.workers[task.worker], now)
        body = verdicts.timed_out(task.pool, task.deadline - task.spawned)
        return self._dispatch.give_up(task, Outcome.TIMEOUT, body, now)

    def _condemn(self, worker: Worker, now: float) -> list[Action]:
        actions = self.workforce.condemn(worker, now)
        if (pool := self.pools.get(worker.pool)) is not None:
            self._upkeep.watch(pool, now)
        return actions

    def _look_after(self, pool: Pool, now: float) -> list[Action]:
        """Resize the pool; call back what is stuck; give up its queue if nobody serves it."""
        actions = self._upkeep.resize(pool, now)
        for worker in pool.stuck(now):
            actions += self.workforce.recall(worker)
        if pool.is_deserted(now):
            for task in pool.waiting():
                actions += self._dispatch.give_up(task, Outcome.REJECTED, verdicts.no_worker(pool.plan.name), now)
        return actions

    def next_due(self) -> float | None:
        """When `tick` should be called next."""
        return self._agenda.next()

    def set_pools(self, plans: Iterable[PoolPlan], now: float) -> list[Action]:
        """Take a new configuration. Pools that stay keep their queue and counters; others run out."""
        actions: list[Action] = []
        wanted = {plan.name: plan for plan in plans}
        for name in [name for name in self.pools if name not in wanted]:
            for task in self.pools.pop(name).clear():
                actions += self._dispatch.give_up(task, Outcome.REJECTED, verdicts.shutting_down(), now)
        for name, plan in wanted.items():
            self.pools.setdefault(name, Pool(plan)).follow(plan)
        self._admission.poison.clear()
        actions += self.workforce.regroup(now)
        for pool in self.pools.values():
            actions += self._dispatch.assign(pool, now)
        return actions

    def refuse_spawns(self) -> None:
        """From now on every spawn is rejected: the broker is about to stop."""
        self._admission.is_closing = True

    def stop(self, now: float) -> list[Action]:
        """Cancel every open task and drain every worker."""
        actions: list[Action] = []
        for task in list(self.ledger.tasks.values()):
            actions += self._dispatch.give_up(task, Outcome.CANCELLED, verdicts.shutting_down(), now)
        for worker in list(self.workforce.workers.values()):
            actions += self.workforce.dismiss(worker, now)
        return actions

    def stats(self) -> list[PoolStats]:
        """A snapshot of each pool."""
        return [pool.stats() for pool in self.pools.values()]
