"""Callers and the tasks they own. A task's id is `caller << 32 | counter`: no two callers can ever share one."""

from __future__ import annotations

from ..jobs.wire import WireError
from .task import Task


class Callers:
    """Open tasks by caller."""

    def __init__(self) -> None:
        self._tasks: dict[int, dict[int, Task]] = {}
        self._last_id: dict[int, int] = {}

    def open(self, caller: int) -> None:
        """A caller has come."""
        self._tasks[caller] = {}
        self._last_id[caller] = caller << 32

    def close(self, caller: int) -> list[Task]:
        """A caller has gone; these tasks it leaves behind."""
        self._last_id.pop(caller, None)
        return list(self._tasks.pop(caller, {}).values())

    def use_id(self, caller: int, id: int) -> None:
        """Note an id as used; WireError unless it is the caller's own and above all it used before."""
        if id >> 32 != caller or id <= self._last_id[caller]:
            raise WireError(f"task id {id} is not connection {caller}'s next")
        self._last_id[caller] = id

    def add(self, task: Task) -> None:
        """A task of an open caller."""
        self._tasks[task.caller][task.id] = task

    def get(self, caller: int, id: int) -> Task | None:
        """The caller's own open task with that id."""
        return self._tasks[caller].get(id)

    def discard(self, task: Task) -> None:
        """A task has ended."""
        if (tasks := self._tasks.get(task.caller)) is not None:
            tasks.pop(task.id, None)
