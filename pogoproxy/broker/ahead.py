"""Jobs that are sent ahead: into the hands of a worker that still runs another, so that it is never idle in between.

To wake a process costs more than many a job. A worker that finds its next job in its socket does not sleep; but a job
in one worker's hands cannot start with another that comes free. So no more is sent ahead than is done in a moment, and
what lies behind a longer job is called back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from .task import Task
from .worker import Worker

HORIZON = 0.004
"""Seconds of work that may lie in a worker's hands, and between two looks for what is stuck there."""
LARGEST = 64 << 10
"""Bytes of a job that is sent ahead. Larger ones wait in the broker."""


class Ahead:
    """The hands of one pool's workers, and the ids of the tasks that lie there."""

    def __init__(self) -> None:
        self.ids: set[int] = set()
        self.depth = 0
        """How many jobs may lie ahead: as many as are a moment's work. What is not known yet is slow."""
        self._mean = HORIZON
        self.takers: OrderedDict[int, Worker] = OrderedDict()
        """Those that may have room, in turn."""
        self._next_look: float | None = None

    def observe(self, seconds: float) -> None:
        """A job has run so long: the mean of the latest ones decides how many are sent ahead."""
        self._mean += (seconds - self._mean) / 8
        self.depth = int(HORIZON / max(self._mean, 1e-6)) - 1

    def offer(self, worker: Worker) -> None:
        """Note whether `worker` takes jobs ahead: not before half of what may lie there is done, for to be sent
        several at a time costs it one interruption, and the broker one write."""
        if worker.tasks and worker.takes_ahead(min(self.depth, worker.hands) // 2 + 1):
            self.takers[worker.number] = worker
        else:
            self.remove(worker)

    def remove(self, worker: Worker) -> None:
        """It takes no more."""
        self.takers.pop(worker.number, None)

    def taker(self, task: Task) -> Worker | None:
        """Whose hands the task goes into, the workers in turn; None if it has to wait."""
        if not _may_go(task):
            return None
        while self.takers:
            number, worker = self.takers.popitem(last=False)
            if worker.takes_ahead(self.depth):
                self.takers[number] = worker
                return worker
        return None

    def next_look(self, now: float) -> float | None:
        """When to look for what is stuck."""
        if not self.ids:
            self._next_look = None
        elif self._next_look is None or self._next_look <= now:
            self._next_look = now + HORIZON
        return self._next_look

    def stuck(self, workers: Iterable[Worker], now: float, *, is_idle: bool) -> Iterator[Worker]:
        """In whose hands jobs lie too long; any at all if another worker `is_idle`."""
        for worker in workers:
            if worker.ahead and not worker.is_recalled and worker.report is None:
                (running,) = worker.tasks.values()
                if is_idle or (running.started or 0.0) <= now - HORIZON:
                    yield worker


def _may_go(task: Task) -> bool:
    # A nested one could lie behind its own parent; one with credit gets more of it only where it runs.
    return task.parent is None and not task.credit and len(task.job) <= LARGEST
