"""One pool: its queue, its ready workers, its counters. It decides who runs next; `core` decides everything else."""

from __future__ import annotations

from collections import OrderedDict

from ..jobs.wire import Outcome
from ..metrics import Histogram
from .ahead import Ahead
from .deadlines import earliest
from .plan import PoolPlan
from .scale import Scale
from .stats import BUCKETS, PoolStats
from .task import QUEUED, SENT, Task
from .worker import Worker

UNSERVED = 5.0
"""Seconds without any worker after which a pool gives up its queue, and takes no more until one comes."""


class Pool:
    """First in, first out, over the workers that have room."""

    def __init__(self, plan: PoolPlan) -> None:
        self.plan = plan
        self.scale = Scale(plan.slots, max(plan.slots, plan.max_slots), plan.step)
        self.workers: dict[int, Worker] = {}
        self.deserted: float | None = None
        """Since when no worker serves it; None while one does, and before the first has come."""
        self.spawned = 0
        self.ended = [0] * len(Outcome)
        self.replaced = 0
        self.wait = Histogram.over(BUCKETS)
        self.run = Histogram.over(BUCKETS)
        self.ahead = Ahead()
        # Ordered dictionaries, for a plain one walks over its deleted head again and again.
        self._queue: OrderedDict[int, Task] = OrderedDict()
        self._waiting_bytes = 0
        self._ready: OrderedDict[int, Worker] = OrderedDict()

    def follow(self, plan: PoolPlan) -> None:
        """Be what a new configuration wants."""
        if plan != self.plan:
            self.plan = plan
            self.scale = Scale(plan.slots, max(plan.slots, plan.max_slots), plan.step)

    def is_full(self) -> bool:
        """Whether another task would have to be refused."""
        is_over = self._waiting() >= self.plan.queue or self._waiting_bytes > self.plan.queue_bytes
        return is_over and not self._ready

    def has_room(self) -> bool:
        """Whether a task would start at once."""
        return bool(self._ready)

    def is_short_of_workers(self) -> bool:
        """Whether workers are still to come: booting, or in place of one that died."""
        return self.surplus() < 0

    def surplus(self) -> int:
        """Slots of workers that serve, beyond those that are wanted."""
        serving = (worker.slots for worker in self.workers.values() if worker.is_serving())
        return sum(serving) - self.scale.target

    def _waiting(self) -> int:
        return len(self._queue) + len(self.ahead.ids)

    def is_deserted(self, now: float) -> bool:
        """Whether no worker has served it for too long."""
        return self.deserted is not None and now >= self.deserted + UNSERVED

    def next_look(self, now: float) -> float | None:
        """When to look whether it grows, shrinks, or has to give up its queue."""
        given_up = self.deserted + UNSERVED if self.deserted is not None and self._queue else None
        return earliest(self.scale.due(now, self.oldest()), given_up, self.ahead.next_look(now))

    def oldest(self) -> float | None:
        """When the task was spawned that is next."""
        return next(iter(self._queue.values())).spawned if self._queue else None

    def used(self) -> int:
        """The slots that would be needed for all tasks to run at once."""
        return sum(worker.held() for worker in self.workers.values()) + len(self._queue)

    def waiting(self) -> list[Task]:
        """All that is queued."""
        return list(self._queue.values())

    def running(self) -> list[Task]:
        """The tasks that hold a slot."""
        return [task for worker in self.workers.values() for task in worker.tasks.values()]

    def enqueue(self, task: Task) -> None:
        """Take a task in."""
        self._queue[task.id] = task
        self._waiting_bytes += len(task.job)

    def put_back(self, task: Task) -> None:
        """Take a task in again, ahead of all others: its worker has not begun it."""
        self.withdraw(task)
        task.move(QUEUED)
        task.started = None
        self.enqueue(task)
        self._queue.move_to_end(task.id, last=False)

    def withdraw(self, task: Task) -> None:
        """A task waits no more, neither here nor in a worker's hands; of no effect on one that does not."""
        if task.id in self.ahead.ids:
            self.ahead.ids.remove(task.id)
        elif self._queue.pop(task.id, None) is None:
            return
        self._waiting_bytes -= len(task.job)

    def clear(self) -> list[Task]:
        """Take out all that is queued."""
        tasks = self.waiting()
        for task in tasks:
            self.withdraw(task)
        return tasks

    def offer(self, worker: Worker) -> None:
        """Note whether `worker` has room. The last to come free is the first to be used: its caches are warm."""
        if worker.has_room():
            self._ready[worker.number] = worker
        else:
            self._ready.pop(worker.number, None)
        if worker.hands:
            self.ahead.offer(worker)

    def remove(self, worker: Worker) -> None:
        """Forget a worker."""
        self.workers.pop(worker.number, None)
        self._ready.pop(worker.number, None)
        self.ahead.remove(worker)

    def match(self, now: float) -> list[tuple[Task, Worker]]:
        """Hand what is queued to the workers that take it: which task went to whom."""
        given: list[tuple[Task, Worker]] = []
        while self._queue and (self._ready or self.ahead.takers):
            task = next(iter(self._queue.values()))
            worker = self._start(task, now) if self._ready else self._send(task)
            if worker is None:
                break
            worker.latest = task
            given.append((task, worker))
        return given

    def _start(self, task: Task, now: float) -> Worker:
        number, worker = self._ready.popitem()
        worker.begin(task, now)
        self.begun(task, now)
        self.offer(worker)
        if number in self._ready:  # its siblings come first, so that processes share the load
            self._ready.move_to_end(number, last=False)
        return worker

    def _send(self, task: Task) -> Worker | None:
        worker = self.ahead.taker(task)
        if worker is None:
            return None
        del self._queue[task.id]
        self.ahead.ids.add(task.id)
        task.move(SENT)
        task.worker = worker.number
        worker.ahead[task.id] = task
        return worker

    def begun(self, task: Task, now: float) -> None:
        """A task that has waited runs."""
        self.withdraw(task)
        self.wait.observe(BUCKETS, now - task.spawned)

    def observe(self, seconds: float) -> None:
        """A task has run so long."""
        self.run.observe(BUCKETS, seconds)
        self.ahead.observe(seconds)

    def stuck(self, now: float) -> list[Worker]:
        """The workers in whose hands jobs lie that could run sooner elsewhere."""
        return list(self.ahead.stuck(self.workers.values(), now, is_idle=self.has_room()))

    def stats(self) -> PoolStats:
        """A snapshot; the histograms are live."""
        return PoolStats(
            name=self.plan.name,
            slots=self.scale.target,
            workers=len(self.workers),
            busy=sum(len(worker.tasks) for worker in self.workers.values()),
            queued=self._waiting(),
            spawned=self.spawned,
            ended=dict(zip(Outcome, self.ended, strict=True)),
            wait=self.wait,
            run=self.run,
            replaced=self.replaced,
        )
