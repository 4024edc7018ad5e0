"""One job over many arguments, a bounded number of them open at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

from .client import DEFAULT_POOL, pool_size, spawn
from .task import Task


def spawn_map(
    job: type | str, arguments: Iterable[Any], pool: str = DEFAULT_POOL, *, window: int | None = None
) -> SpawnMap:
    """`job` over many arguments, at most `window` open at a time, by default twice the pool's size.

    Iterate it, with `for` or `async for`, for the results in the order of the arguments. An error ends the iteration;
    leaving it early cancels what is open. Raises what `spawn` raises.
    """
    return SpawnMap(job, arguments, pool, window or 2 * pool_size(pool))


class SpawnMap:
    """One job over many arguments; see `spawn_map`."""

    def __init__(self, job: type | str, arguments: Iterable[Any], pool: str, window: int) -> None:
        self._job = job
        self._arguments = arguments
        self._pool = pool
        self._window = window

    def __iter__(self) -> Iterator[Any]:
        open_tasks: deque[Task] = deque()
        try:
            for task in self._ripe(open_tasks):
                yield task.result()
        finally:
            _cancel(open_tasks)

    async def __aiter__(self) -> AsyncIterator[Any]:
        open_tasks: deque[Task] = deque()
        try:
            for task in self._ripe(open_tasks):
                yield await task
        finally:
            _cancel(open_tasks)

    def _ripe(self, open_tasks: deque[Task]) -> Iterator[Task]:
        """Spawn ahead as far as the window goes; the tasks to wait for next, in order."""
        for args in self._arguments:
            if len(open_tasks) >= self._window:
                yield open_tasks.popleft()
            open_tasks.append(spawn(self._job, args, self._pool))
        while open_tasks:
            yield open_tasks.popleft()


def _cancel(tasks: Iterable[Task]) -> None:
    for task in tasks:
        task.cancel()
