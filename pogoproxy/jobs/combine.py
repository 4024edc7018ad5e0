"""Several tasks at once: all of them, the first few, one job over many arguments. What is not needed is cancelled.

Each takes tasks and any other awaitables, mixed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, Sequence
from typing import Any

from .client import DEFAULT_POOL, pool_size, spawn
from .errors import TooFewDone
from .task import Task


async def wait_all(
    tasks: Iterable[Awaitable[Any]],
    timeout: float | None = None,  # noqa: ASYNC109 - as `Task.wait` has it
    *,
    return_errors: bool = False,
) -> list[Any]:
    """The results, in the order of the tasks.

    The first failure cancels the others and is raised; with `return_errors` each failure stands in its task's place.
    """
    waits = [asyncio.ensure_future(_wait(task, timeout)) for task in tasks]
    try:
        return await asyncio.gather(*waits, return_exceptions=return_errors)
    finally:
        await _cancel(waits)


async def first_k(tasks: Iterable[Awaitable[Any]], k: int, timeout: float | None = None) -> list[tuple[int, Any]]:  # noqa: ASYNC109
    """The first `k` successes, as (place, result) in the order of the tasks; the others are cancelled.

    TooFewDone as soon as fewer than `k` can still succeed.
    """
    waits = [asyncio.ensure_future(_wait(task, timeout)) for task in tasks]
    try:
        pending = set(waits)
        while len(_succeeded(waits)) < k:
            if len(_succeeded(waits)) + len(pending) < k:
                raise TooFewDone(f"fewer than {k} of {len(waits)} tasks were done", _errors(waits))
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        return [(place, waits[place].result()) for place in _succeeded(waits)[:k]]
    finally:
        await _cancel(waits)


async def wait_any(tasks: Iterable[Awaitable[Any]], timeout: float | None = None) -> tuple[int, Any]:  # noqa: ASYNC109
    """The first success, as (place, result); the others are cancelled. TooFewDone if all fail."""
    (first,) = await first_k(tasks, 1, timeout)
    return first


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
            _cancel_tasks(open_tasks)

    async def __aiter__(self) -> AsyncIterator[Any]:
        open_tasks: deque[Task] = deque()
        try:
            for task in self._ripe(open_tasks):
                yield await task
        finally:
            _cancel_tasks(open_tasks)

    def _ripe(self, open_tasks: deque[Task]) -> Iterator[Task]:
        """Spawn ahead as far as the window goes; the tasks to wait for next, in order."""
        for args in self._arguments:
            if len(open_tasks) >= self._window:
                yield open_tasks.popleft()
            open_tasks.append(spawn(self._job, args, self._pool))
        while open_tasks:
            yield open_tasks.popleft()


async def _wait(task: Awaitable[Any], timeout: float | None) -> Any:  # noqa: ASYNC109
    if isinstance(task, Task):
        return await task.wait(timeout)
    return await asyncio.wait_for(task, timeout)


def _succeeded(waits: Sequence[asyncio.Future[Any]]) -> list[int]:
    return [place for place, wait in enumerate(waits) if wait.done() and not _error(wait)]


def _errors(waits: Sequence[asyncio.Future[Any]]) -> list[BaseException]:
    return [error for wait in waits if wait.done() and (error := _error(wait)) is not None]


def _error(wait: asyncio.Future[Any]) -> BaseException | None:
    return asyncio.CancelledError() if wait.cancelled() else wait.exception()


async def _cancel(waits: Sequence[asyncio.Future[Any]]) -> None:
    pending = [wait for wait in waits if not wait.done()]
    for wait in pending:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)  # a failure that came second is not left unseen


def _cancel_tasks(tasks: Iterable[Task]) -> None:
    for task in tasks:
        task.cancel()
