"""All open tasks: by id, by caller, by deadline. What is admitted ends exactly once, and is counted when it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..jobs.wire import Outcome
from .callers import Callers
from .deadlines import Deadlines
from .pool import Pool
from .task import State, Task


class Ledger:
    """The books. `pools` are those of the core."""

    def __init__(self, pools: Mapping[str, Pool]) -> None:
        self.tasks: dict[int, Task] = {}
        self.callers = Callers()
        self._pools = pools
        self._deadlines: Deadlines[int] = Deadlines()

    def admit(self, task: Task, parent: Task | None) -> None:
        """A new task, perhaps spawned by the job of another."""
        self.tasks[task.id] = task
        self.callers.add(task)
        self._deadlines.set(task.id, task.deadline)
        if parent is not None:
            task.parent = parent
            parent.children.add(task)

    def remind(self, task: Task, when: float | None) -> None:
        """The task is due at `when`, no more at its deadline; None: somebody else sees to it."""
        if when is None:
            self._deadlines.discard(task.id)
        else:
            self._deadlines.set(task.id, when)

    def due(self, now: float) -> Iterator[Task]:
        """The tasks that are due, one by one."""
        for id in self._deadlines.pop_due(now):
            yield self.tasks[id]

    def next_due(self) -> float | None:
        """When the next task is due."""
        return self._deadlines.next()

    def end(self, task: Task, outcome: Outcome, now: float) -> None:
        """Strike a task off."""
        task.move(State.ENDED)
        self._deadlines.discard(task.id)
        del self.tasks[task.id]
        self.callers.discard(task)
        if task.parent is not None:
            task.parent.children.discard(task)
        if (pool := self._pools.get(task.pool)) is not None:
            pool.ended[outcome] += 1
            if task.started is not None:
                pool.observe(now - task.started)
