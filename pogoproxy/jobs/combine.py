"""Several tasks at once: all of them, or the first few. What is not needed is cancelled.

Each combination is awaited, or asked for its `result()` by code that is not async, as a task is. Awaited, it takes
tasks and any other awaitables, mixed.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Generator, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from .errors import JobError, TooFewDone
from .task import Task, await_timed_out, block_until_news

T = TypeVar("T")


class Combination(ABC, Generic[T]):
    """Tasks that are waited for together, each for `timeout` seconds at most."""

    def __init__(self, tasks: Iterable[Awaitable[Any]], timeout: float | None) -> None:
        self._tasks = list(tasks)
        self._timeout = timeout

    def __await__(self) -> Generator[Any, None, T]:
        return self.wait().__await__()

    async def wait(self) -> T:
        """What has come of them."""
        waits = [asyncio.ensure_future(_wait(task, self._timeout)) for task in self._tasks]
        try:
            return await self._gather(waits)
        finally:
            await _cancel(waits)

    def result(self) -> T:
        """The same for threads; JobError for what is no task, or was spawned elsewhere than the others."""
        tasks = [task for task in self._tasks if isinstance(task, Task)]
        if len(tasks) < len(self._tasks):
            raise JobError("only tasks can be waited for in a thread; await the others")
        try:
            return self._collect(tasks)
        finally:
            for task in tasks:
                task.cancel()

    @abstractmethod
    async def _gather(self, waits: Sequence[asyncio.Future[Any]]) -> T:
        """Wait as long as it takes to know."""

    @abstractmethod
    def _collect(self, tasks: Sequence[Task]) -> T:
        """The same for threads."""


class _All(Combination[list[Any]]):
    def __init__(self, tasks: Iterable[Awaitable[Any]], timeout: float | None, *, return_errors: bool) -> None:
        super().__init__(tasks, timeout)
        self._return_errors = return_errors

    async def _gather(self, waits: Sequence[asyncio.Future[Any]]) -> list[Any]:
        return await asyncio.gather(*waits, return_exceptions=self._return_errors)

    def _collect(self, tasks: Sequence[Task]) -> list[Any]:
        results: list[Any] = [None] * len(tasks)
        for place, result in _as_they_come(tasks, self._timeout):
            if isinstance(result, BaseException) and not self._return_errors:
                raise result
            results[place] = result
        return results


class _First(Combination[list[tuple[int, Any]]]):
    def __init__(self, tasks: Iterable[Awaitable[Any]], timeout: float | None, k: int) -> None:
        super().__init__(tasks, timeout)
        self._k = k

    async def _gather(self, waits: Sequence[asyncio.Future[Any]]) -> list[tuple[int, Any]]:
        pending = set(waits)
        while len(_succeeded(waits)) < self._k:
            if len(_succeeded(waits)) + len(pending) < self._k:
                raise self._too_few(_errors(waits))
            _, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        return [(place, waits[place].result()) for place in _succeeded(waits)[: self._k]]

    def _collect(self, tasks: Sequence[Task]) -> list[tuple[int, Any]]:
        found: list[tuple[int, Any]] = []
        errors: dict[int, BaseException] = {}
        for place, result in _as_they_come(tasks, self._timeout) if self._k else ():
            if isinstance(result, BaseException):
                errors[place] = result
            else:
                found.append((place, result))
            if len(found) == self._k or len(tasks) - len(errors) < self._k:
                break
        if len(found) < self._k:
            raise self._too_few([error for _, error in sorted(errors.items())])
        return sorted(found, key=lambda pair: pair[0])

    def _too_few(self, errors: Sequence[BaseException]) -> TooFewDone:
        return TooFewDone(f"fewer than {self._k} of {len(self._tasks)} tasks were done", errors)


class _Any(Combination[tuple[int, Any]]):
    def __init__(self, tasks: Iterable[Awaitable[Any]], timeout: float | None) -> None:
        super().__init__(tasks, timeout)
        self._first = _First(self._tasks, timeout, 1)

    async def _gather(self, waits: Sequence[asyncio.Future[Any]]) -> tuple[int, Any]:
        (first,) = await self._first._gather(waits)
        return first

    def _collect(self, tasks: Sequence[Task]) -> tuple[int, Any]:
        (first,) = self._first._collect(tasks)
        return first


def wait_all(
    tasks: Iterable[Awaitable[Any]], timeout: float | None = None, *, return_errors: bool = False
) -> Combination[list[Any]]:
    """The results, in the order of the tasks.

    The first failure cancels the others and is raised; with `return_errors` each failure stands in its task's place.
    """
    return _All(tasks, timeout, return_errors=return_errors)


def first_k(
    tasks: Iterable[Awaitable[Any]], k: int, timeout: float | None = None
) -> Combination[list[tuple[int, Any]]]:
    """The first `k` successes, as (place, result) in the order of the tasks; the others are cancelled.

    TooFewDone as soon as fewer than `k` can still succeed.
    """
    return _First(tasks, timeout, k)


def wait_any(tasks: Iterable[Awaitable[Any]], timeout: float | None = None) -> Combination[tuple[int, Any]]:
    """The first success, as (place, result); the others are cancelled. TooFewDone if all fail."""
    return _Any(tasks, timeout)


def _as_they_come(tasks: Sequence[Task], timeout: float | None) -> Iterator[tuple[int, Any]]:
    """Place and result of each task, or the exception in place of one, in the order in which they end."""
    deadline = None if timeout is None else time.monotonic() + timeout
    pending = dict(enumerate(tasks))
    for task in tasks:
        task.ignore_parts()
    while pending:
        block_until_news(list(pending.values()), deadline)
        ripe = [place for place, task in pending.items() if task.has_news]
        is_late = not ripe
        for place in ripe or list(pending):
            yield place, _outcome(pending.pop(place), timeout if is_late else None)


def _outcome(task: Task, late_after: float | None) -> Any:
    try:
        return task.result(0.0)
    except JobError as error:
        return error if late_after is None else await_timed_out(late_after)


async def _wait(task: Awaitable[Any], timeout: float | None) -> Any:  # noqa: ASYNC109 - as `Task.wait` has it
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
