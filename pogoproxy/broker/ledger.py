"""All open tasks: by id, by caller, by deadline. What is admitted ends exactly once, and is counted when it does.

A task's id is `caller << 32 | counter`: no two callers can ever share one.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..jobs.wire import Outcome, WireError
from .agenda import Agenda
from .pool import Pool
from .task import ENDED, Task


class Ledger:
    """The books. `pools` are those of the core."""

    def __init__(self, pools: Mapping[str, Pool], agenda: Agenda) -> None:
        self.tasks: dict[int, Task] = {}
        self._owned: dict[int, dict[int, Task]] = {}
        self._last_ids: dict[int, int] = {}
        self._pools = pools
        self._agenda = agenda

    def open_caller(self, caller: int) -> None:
        """A caller has come."""
        self._owned[caller] = {}
        self._last_ids[caller] = caller << 32

    def close_caller(self, caller: int) -> list[Task]:
        """A caller has gone; these tasks it leaves behind."""
        self._last_ids.pop(caller, None)
        # A page in PHP is a caller of its own: to look through all open tasks for each that ends would be too much.
        return list(self._owned.pop(caller, {}).values())

    def use_id(self, caller: int, id: int) -> None:
        """Note an id as used; WireError unless it is the caller's own and above all it used before."""
        if id >> 32 != caller or id <= self._last_ids[caller]:
            raise WireError(f"task id {id} is not connection {caller}'s next")
        self._last_ids[caller] = id

    def owned(self, caller: int, id: int) -> Task | None:
        """The caller's own open task with that id."""
        return self.tasks.get(id) if id >> 32 == caller else None

    def admit(self, task: Task, parent: Task | None) -> None:
        """A new task, perhaps spawned by the job of another."""
        self.tasks[task.id] = self._owned[task.caller][task.id] = task
        self._agenda.set(task.id, task.deadline)
        if parent is not None:
            task.parent = parent
            parent.children.add(task)

    def remind(self, task: Task, when: float | None) -> None:
        """The task is due at `when`, no more at its deadline; None: somebody else sees to it."""
        if when is None:
            self._agenda.discard(task.id)
        else:
            self._agenda.set(task.id, when)

    def end(self, task: Task, outcome: Outcome, now: float) -> None:
        """Strike a task off."""
        task.move(ENDED)
        self._agenda.discard(task.id)
        del self.tasks[task.id]
        if (owned := self._owned.get(task.caller)) is not None:
            del owned[task.id]
        if task.parent is not None:
            task.parent.children.discard(task)
        if (pool := self._pools.get(task.pool)) is not None:
            pool.ended[outcome] += 1
            if task.started is not None:
                pool.observe(now - task.started)
