"""Every decision of the broker: events in, actions out. No I/O and no clock, so that a model can be held against it.

Two promises lead the code. A caller hears of each of its tasks exactly once, at the moment its fate is known. A slot
is given on only by the worker itself (DONE) or by its death, so that no cancel and no kill can hit the next job.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..jobs.wire import Outcome, Spawn, WireError
from . import verdicts
from .actions import Action, Assign, Credit, CutOff, Deliver, Drain, Kill, Part, Replace, TellCancel
from .deadlines import Deadlines
from .nesting import would_deadlock
from .plan import PoolPlan
from .poison import Poison
from .pool import Pool
from .stats import PoolStats
from .task import State, Task
from .worker import ExitReport, Standing, Worker

MOURNING = 1.0
"""Seconds between the end of a worker's connection and the word on its process, whichever comes first."""


class Core:
    """All pools, workers, callers and open tasks. `now` is a monotonic time in seconds."""

    def __init__(self, plans: Iterable[PoolPlan] = ()) -> None:
        self.pools: dict[str, Pool] = {plan.name: Pool(plan) for plan in plans}
        self.tasks: dict[int, Task] = {}
        self.workers: dict[int, Worker] = {}
        self.strays = 0
        """Spawns into pools that do not exist; each was rejected."""
        self._callers: dict[int, dict[int, Task]] = {}
        self._last_id: dict[int, int] = {}
        self._expected: set[tuple[str, str]] = set()
        self._by_pid: dict[int, Worker] = {}
        self._deadlines: Deadlines[int] = Deadlines()
        self._mourning: Deadlines[int] = Deadlines()
        self._poison = Poison()
        self._is_closing = False

    # Callers

    def open_caller(self, caller: int) -> None:
        """A caller said hello; its task ids are `caller << 32 | counter` with a counter that only grows."""
        self._callers[caller] = {}
        self._last_id[caller] = caller << 32

    def spawn(self, caller: int, id: int, spawn: Spawn, now: float) -> list[Action]:
        """A caller's SPAWN; WireError if the id is not its next one."""
        if id >> 32 != caller or id <= self._last_id[caller]:
            raise WireError(f"task id {id} is not connection {caller}'s next")
        self._last_id[caller] = id
        pool = self.pools.get(spawn.pool or "default")
        if pool is None:
            self.strays += 1
            return [Deliver(caller, id, Outcome.REJECTED, verdicts.unknown_pool(spawn.pool))]
        pool.spawned += 1
        parent = self.tasks.get(spawn.parent)
        refusal = self._refusal(pool, spawn, parent)
        if refusal is not None:
            pool.ended[Outcome.REJECTED] += 1
            return [Deliver(caller, id, Outcome.REJECTED, refusal)]
        wait = min(pool.plan.max_wait, spawn.remaining / 1000) if spawn.remaining else pool.plan.max_wait
        task = Task(id, caller, pool.plan.name, spawn.job, now, now + wait)
        task.credit = spawn.credit
        self.tasks[id] = self._callers[caller][id] = task
        if parent is not None:
            task.parent = parent
            parent.children.add(task)
        self._deadlines.set(id, task.deadline)
        pool.enqueue(task)
        return self._assign(pool, now)

    def _refusal(self, pool: Pool, spawn: Spawn, parent: Task | None) -> bytes | None:
        plan = pool.plan
        if self._is_closing:
            return verdicts.shutting_down()
        if len(spawn.job) > plan.limit:
            return verdicts.too_large("args", len(spawn.job), plan.limit)
        if deaths := self._poison.deaths(spawn.job, plan.poison):
            return verdicts.poisoned(deaths)
        if pool.is_full():
            return verdicts.queue_full(plan.name, plan.queue)
        if parent is not None and would_deadlock(parent, pool, self.pools):
            return verdicts.would_wait_for_itself(plan.name)
        return None

    def cancel(self, caller: int, id: int, now: float) -> list[Action]:
        """A caller's CANCEL; of no effect on a task that ended, is being cancelled, or is another caller's."""
        task = self._callers[caller].get(id)
        return [] if task is None else self._give_up(task, Outcome.CANCELLED, verdicts.cancelled(), now)

    def credit(self, caller: int, id: int, count: int) -> list[Action]:
        """A caller takes more partial results of a task."""
        task = self._callers[caller].get(id)
        if task is None or task.state is not State.RUNNING:
            return []
        return [Credit(task.worker, id, count)]

    def close_caller(self, caller: int, now: float) -> list[Action]:
        """A caller's connection ended, and with it all its tasks."""
        tasks = self._callers.pop(caller, {})
        self._last_id.pop(caller, None)
        actions: list[Action] = []
        for task in list(tasks.values()):
            actions += self._give_up(task, Outcome.CANCELLED, b"", now)
        return [action for action in actions if not isinstance(action, Deliver)]

    # Workers

    def prepare(self, plans: Iterable[PoolPlan]) -> None:
        """Let workers of the next generation join; they are parked until `set_pools`."""
        self._expected = {(plan.name, plan.secret) for plan in plans}

    def join(self, worker: Worker) -> list[Action]:
        """A worker said hello; WireError if nobody expects it."""
        pool = self.pools.get(worker.pool)
        is_current = pool is not None and pool.plan.secret == worker.secret
        if not is_current and (worker.pool, worker.secret) not in self._expected:
            raise WireError(f"no worker with this secret is expected in pool {verdicts.quoted(worker.pool)}")
        self.workers[worker.number] = self._by_pid[worker.pid] = worker
        if pool is None or not is_current:
            return []
        return self._enlist(worker, pool)

    def start(self, pool_name: str, now: float) -> list[Action]:
        """Give waiting tasks of a pool to workers that have room."""
        pool = self.pools.get(pool_name)
        return self._assign(pool, now) if pool is not None else []

    def _enlist(self, worker: Worker, pool: Pool) -> list[Action]:
        worker.move(Standing.SERVING)
        spent = next((other for other in pool.workers.values() if other.is_spent), None)
        pool.workers[worker.number] = worker
        pool.offer(worker)
        return self._dismiss(spent) if spent is not None and spent.standing is Standing.SERVING else []

    def done(self, number: int, id: int, outcome: Outcome, body: bytes, now: float) -> list[Action]:
        """A worker's DONE; WireError if it does not hold that task: then it has lost step and must go."""
        worker = self.workers[number]
        task = worker.tasks.pop(id, None)
        if task is None or outcome not in (Outcome.DONE, Outcome.ERROR):
            raise WireError(f"worker {worker.pid} answered task {id}, which it does not hold")
        pool = self.pools.get(task.pool)
        if task.state is State.CANCELLING:
            self._end(task, task.verdict or Outcome.CANCELLED, now)
            actions: list[Action] = []
        else:
            limit = pool.plan.limit if pool is not None else len(body)
            if len(body) > limit:
                outcome, body = Outcome.ERROR, verdicts.too_large("results", len(body), limit)
            self._poison.forgive(task.job)
            self._end(task, outcome, now)
            actions = [Deliver(task.caller, id, outcome, body)]
        return actions + self._reuse(worker, pool, now)

    def part(self, number: int, id: int, body: bytes) -> list[Action]:
        """A worker's partial result; dropped when nobody waits for it any more."""
        task = self.workers[number].tasks.get(id)
        if task is None or task.state is not State.RUNNING:
            return []
        return [Part(task.caller, id, body)]

    def leave(self, number: int, now: float) -> list[Action]:
        """A worker's connection ended. Its tasks wait for the word on its process."""
        worker = self.workers[number]
        worker.move(Standing.GONE)
        if pool := self.pools.get(worker.pool):
            pool.remove(worker)
        if worker.report is not None or not worker.tasks:
            return self._bury(worker, now)
        self._mourning.set(number, now + MOURNING)
        return []

    def exited(self, pid: int, report: ExitReport, now: float) -> list[Action]:
        """The supervisor's word on a process. What the worker had sent before is still read first."""
        worker = self._by_pid.get(pid)
        if worker is None:
            return []
        worker.report = report
        if worker.standing is Standing.GONE:
            return self._bury(worker, now)
        self._mourning.set(worker.number, now + MOURNING)
        return []

    # Time and configuration

    def tick(self, now: float) -> list[Action]:
        """Act on all that is due."""
        actions: list[Action] = []
        for id in self._deadlines.pop_due(now):
            task = self.tasks[id]
            if task.state is State.CANCELLING:
                actions += self._condemn(self.workers[task.worker])
            else:
                body = verdicts.timed_out(task.pool, task.deadline - task.spawned)
                actions += self._give_up(task, Outcome.TIMEOUT, body, now)
        for number in self._mourning.pop_due(now):
            worker = self.workers[number]
            if worker.standing is Standing.GONE:
                actions += self._bury(worker, now)
            else:  # its connection outlives it in a child that it forked
                actions.append(CutOff(number, "the worker's process is dead"))
        return actions

    def next_due(self) -> float | None:
        """When `tick` should be called next."""
        due = [when for when in (self._deadlines.next(), self._mourning.next()) if when is not None]
        return min(due, default=None)

    def set_pools(self, plans: Iterable[PoolPlan], now: float) -> list[Action]:
        """Take a new configuration. Pools that stay keep their queue and counters; others run out."""
        actions: list[Action] = []
        wanted = {plan.name: plan for plan in plans}
        self._expected = set()
        self._poison.clear()
        for name in [name for name in self.pools if name not in wanted]:
            for task in self.pools.pop(name).clear():
                actions += self._give_up(task, Outcome.REJECTED, verdicts.shutting_down(), now)
        for name, plan in wanted.items():
            pool = self.pools.setdefault(name, Pool(plan))
            pool.plan = plan
        for worker in list(self.workers.values()):
            actions += self._regroup(worker)
        for pool in self.pools.values():
            actions += self._assign(pool, now)
        return actions

    def _regroup(self, worker: Worker) -> list[Action]:
        pool = self.pools.get(worker.pool)
        if pool is None or pool.plan.secret != worker.secret:
            return self._dismiss(worker)
        return self._enlist(worker, pool) if worker.standing is Standing.PARKED else []

    def retire(self, pid: int) -> list[Action]:
        """Drain one worker."""
        worker = self._by_pid.get(pid)
        return [] if worker is None else self._dismiss(worker)

    def refuse_spawns(self) -> None:
        """From now on every spawn is rejected: the broker is about to stop."""
        self._is_closing = True

    def cancel_all(self, now: float) -> list[Action]:
        """Cancel every open task."""
        actions: list[Action] = []
        for task in list(self.tasks.values()):
            actions += self._give_up(task, Outcome.CANCELLED, verdicts.shutting_down(), now)
        return actions

    def dismiss_all(self) -> list[Action]:
        """Drain every worker."""
        return [action for worker in list(self.workers.values()) for action in self._dismiss(worker)]

    def stats(self) -> list[PoolStats]:
        """A snapshot of each pool."""
        return [pool.stats() for pool in self.pools.values()]

    # Decisions

    def _assign(self, pool: Pool, now: float) -> list[Action]:
        actions: list[Action] = []
        while (pair := pool.match(now)) is not None:
            task, worker = pair
            remaining = max(1, int((task.deadline - now) * 1000))
            actions.append(Assign(worker.number, task.id, remaining, task.credit, task.job))
        return actions

    def _give_up(self, task: Task, verdict: Outcome, body: bytes, now: float) -> list[Action]:
        """End a queued task at once; for a running one tell the caller now and the worker that it is over."""
        deliver = Deliver(task.caller, task.id, verdict, body)
        if task.state is State.QUEUED:
            if pool := self.pools.get(task.pool):
                pool.withdraw(task)
            self._end(task, verdict, now)
            return [deliver]
        if task.state is State.CANCELLING:
            return []
        task.move(State.CANCELLING)
        task.verdict = verdict
        worker = self.workers[task.worker]
        pool = self.pools.get(task.pool)
        self._deadlines.set(task.id, now + (pool.plan.cancel_grace if pool else MOURNING))
        told: list[Action] = [] if worker.standing is Standing.GONE else [TellCancel(worker.number, task.id)]
        return [deliver, *told, *self._kill_if_expendable(worker)]

    def _reuse(self, worker: Worker, pool: Pool | None, now: float) -> list[Action]:
        worker.jobs += 1
        actions = self._kill_if_expendable(worker)
        if pool is None:
            return actions
        pool.offer(worker)
        if pool.plan.max_jobs and worker.jobs >= pool.plan.max_jobs and not worker.is_spent:
            worker.is_spent = True
            actions.append(Replace(worker.pid, f"it has done {worker.jobs} jobs"))
        return actions + self._assign(pool, now)

    def _dismiss(self, worker: Worker) -> list[Action]:
        if worker.standing not in (Standing.PARKED, Standing.SERVING):
            return []
        worker.move(Standing.DRAINING)
        if pool := self.pools.get(worker.pool):
            pool.offer(worker)
        return [Drain(worker.number)]

    def _condemn(self, worker: Worker) -> list[Action]:
        if worker.standing in (Standing.SERVING, Standing.DRAINING):
            worker.move(Standing.CONDEMNED)
            if pool := self.pools.get(worker.pool):
                pool.offer(worker)
        return self._kill_if_expendable(worker)

    def _kill_if_expendable(self, worker: Worker) -> list[Action]:
        return [Kill(worker.pid, "a cancelled task ignored its grace")] if worker.is_expendable() else []

    def _bury(self, worker: Worker, now: float) -> list[Action]:
        actions: list[Action] = []
        for task in worker.tasks.values():
            if task.state is State.CANCELLING:
                self._end(task, task.verdict or Outcome.CANCELLED, now)
                continue
            self._poison.blame(task.job)
            self._end(task, Outcome.LOST, now)
            body = verdicts.lost(task.pool, worker.pid, worker.report)
            actions.append(Deliver(task.caller, task.id, Outcome.LOST, body))
        self._mourning.discard(worker.number)
        del self.workers[worker.number]
        if self._by_pid.get(worker.pid) is worker:
            del self._by_pid[worker.pid]
        return actions

    def _end(self, task: Task, outcome: Outcome, now: float) -> None:
        has_run = task.state is not State.QUEUED
        task.move(State.ENDED)
        self._deadlines.discard(task.id)
        del self.tasks[task.id]
        if (tasks := self._callers.get(task.caller)) is not None:
            tasks.pop(task.id, None)
        if task.parent is not None:
            task.parent.children.discard(task)
        if pool := self.pools.get(task.pool):
            pool.ended[outcome] += 1
            if has_run:
                pool.run.observe(now - task.started)
