"""A task as its spawner holds it: awaited or asked for its result once, cancelled, or left to its scope."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .errors import JobError, TaskTimeout, UnknownTask
from .parts import Parts
from .result import decode_part, unwrap
from .scope import Scope, current_scope, is_process_scope
from .wire import Outcome, Spawn, WireError

if TYPE_CHECKING:
    from .connection import Connection


class Task:
    """One spawned job. Its result can be taken once, from the request that spawned it."""

    __slots__ = ("_body", "_connection", "_outcome", "_parts", "_scope", "_waiter", "id", "label", "pool")

    def __init__(self, id: int, label: str, spawn: Spawn, connection: Connection, scope: Scope) -> None:
        self.id = id
        self.label = label
        self.pool = spawn.pool
        self._parts = Parts(spawn.credit) if spawn.credit else None
        self._connection = connection
        self._scope = scope
        self._outcome: Outcome | None = None
        self._body = b""
        self._waiter: Waiter | None = None

    def __repr__(self) -> str:
        state = "open" if self._outcome is None else self._outcome.name.lower()
        return f"<Task {self.id} {self.label} pool={self.pool} {state}>"

    def __await__(self) -> Generator[Any, None, Any]:
        return self.wait().__await__()

    async def wait(self, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - Pogo's own await has one
        """The job's result. Raises what became of it instead, below `JobError`.

        After `timeout` seconds the task is cancelled and `TaskTimeout` raised, as it is when the awaiting
        asyncio task is cancelled. A negative timeout is refused and leaves the task as it is.
        """
        deadline = self._claim(timeout)
        try:
            if self._outcome is None:
                await self._connection.settled(self, deadline)
            return self._take(timeout)
        finally:
            self._let_go()

    def result(self, timeout: float | None = None) -> Any:
        """The same for threads: blocks. JobError on the event loop that the task was spawned on."""
        deadline = self._claim(timeout)
        try:
            if self._outcome is None:
                self._connection.block(deadline, self)
            return self._take(timeout)
        finally:
            self._let_go()

    async def __aiter__(self) -> AsyncIterator[Any]:
        """The partial results, as the job yields them; it waits when `window` of them are not taken yet.

        At the end the task still has its result, to be awaited; if it failed instead, that is raised here.
        """
        while self._has_part_to_come():
            if not self._parts:
                await self._connection.settled(self, None)
            if self._parts:
                yield self._take_part()
        if self._outcome is not Outcome.DONE:
            await self.wait()

    def __iter__(self) -> Iterator[Any]:
        """The same for threads."""
        while self._has_part_to_come():
            if not self._parts:
                self._connection.block(None, self)
            if self._parts:
                yield self._take_part()
        if self._outcome is not Outcome.DONE:
            self.result()

    def done(self) -> bool:
        """Whether `result` and `await` would return or raise at once."""
        if self._outcome is None:
            self._connection.poll()
        return self._outcome is not None

    def cancel(self) -> None:
        """Nobody wants the result any more: a queued job never starts, a running one is told, and killed after
        the pool's `cancel_grace`. Whoever awaits the task gets `TaskCancelled`. Of no effect on an ended task."""
        if self._outcome is None:
            self._connection.cancel(self)
            self.settle(Outcome.CANCELLED, b"")

    # For connections, scopes and combinations

    def ignore_parts(self) -> None:
        """Only the result counts from now on."""
        if self._parts is not None:
            self._grant(self._parts.ignore())

    @property
    def has_news(self) -> bool:
        """Whether the outcome is here, or a part for one who takes parts."""
        return self._outcome is not None or bool(self._parts)

    def add_part(self, part: bytes) -> None:
        """A partial result is here."""
        if self._parts is None:
            raise WireError("a partial result that nobody asked for")
        self._parts.add(part)
        if self._waiter is not None and self._parts:
            self._waiter.wake()

    def took(self, waited: float, ran: float) -> None:
        """How many seconds it has waited and run."""
        self._scope.tally.add(self.label, waited, ran)

    def settle(self, outcome: Outcome, body: bytes) -> None:
        """The outcome is here; the first one counts."""
        if self._outcome is not None:
            return
        self._body = body
        self._outcome = outcome
        waiter = self._waiter
        if waiter is not None:
            waiter.wake()

    def expect(self, waiter: Waiter | None) -> None:
        """Wake this one when the outcome comes. The caller then looks at `has_news` once more, since the outcome
        may have come from another thread in between."""
        self._waiter = waiter

    def _claim(self, timeout: float | None) -> float | None:
        check_timeout(timeout)
        self._refuse_strangers()
        self._scope.claim(self)
        self.ignore_parts()
        return None if timeout is None else time.monotonic() + timeout

    def _refuse_strangers(self) -> None:
        current = current_scope()
        if current is not self._scope and not is_process_scope(current):
            raise UnknownTask("unknown or already awaited Pogo task")

    def _has_part_to_come(self) -> bool:
        self._refuse_strangers()
        if self._parts is None:
            raise JobError("Pogo task was spawned without a window for partial results")
        return bool(self._parts) or self._outcome is None

    def _take_part(self) -> Any:
        assert self._parts is not None
        part, granted = self._parts.take()
        self._grant(granted)
        return decode_part(part)

    def _grant(self, more: int) -> None:
        if more and self._outcome is None:
            self._connection.grant(self, more)

    def _take(self, timeout: float | None) -> Any:
        if self._outcome is None:
            raise await_timed_out(timeout or 0.0)
        body, self._body = self._body, b""
        try:
            return unwrap(self._outcome, body)
        except JobError as error:
            error.add_note(f"in task {self.id}, job {self.label}, pool {self.pool}")
            raise

    def _let_go(self) -> None:
        """After an await that ended early, by its timeout or by asyncio's cancel, the job has no reader left."""
        self._waiter = None
        self.cancel()
        self._scope.release(self)


class Waiter:
    """Somebody who waits for one task."""

    __slots__ = ()

    def wake(self) -> None:
        """The outcome is here; called from any thread."""


def check_timeout(timeout: float | None) -> None:
    """JobError for a timeout that is negative, or no number at all."""
    if timeout is not None and not timeout >= 0:
        raise JobError("Pogo await timeout must be greater than or equal to zero")


def has_news(tasks: Sequence[Task]) -> bool:
    """Whether any of them has."""
    for task in tasks:  # noqa: SIM110 - `any` makes a generator, for each result
        if task.has_news:
            return True
    return False


def block_until_news(tasks: Sequence[Task], deadline: float | None) -> None:
    """Wait, in a thread, for one of the tasks; JobError if they were spawned on several connections."""
    first, *others = tasks
    if any(task._connection is not first._connection for task in others):
        raise JobError("Pogo tasks of several event loops or threads cannot be waited for together; await them")
    first._connection.block(deadline, *tasks)


def await_timed_out(seconds: float) -> TaskTimeout:
    """An await's own timeout has passed."""
    return TaskTimeout(f"Pogo await timed out after {go_duration(seconds)}")


def go_duration(seconds: float) -> str:
    """A duration as Go prints it, the seed's wording: `2s`, `1m30s`, `1.5s`, `250ms`, `0s`."""
    nanoseconds = round(seconds * 1e9)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if 0 < nanoseconds < size * 1000:
            return f"{_number(nanoseconds / size)}{unit}"
    minutes, rest = divmod(nanoseconds, 60 * 10**9)
    hours, minutes = divmod(minutes, 60)
    text = f"{_number(rest / 1e9)}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


def _number(value: float) -> str:
    return f"{value:.9f}".rstrip("0").rstrip(".")
