"""A scope: what a request (or a job, or a script) spawned, its deadline and its trace; it ends with all of it.

The application server enters one per request; a worker enters one per job. Outside of both, a process has one
scope of its own, which never ends.
"""

from __future__ import annotations

import time
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from .errors import JobError, PoolSaturated, UnknownTask
from .tally import Tally
from .values import encode_json

if TYPE_CHECKING:
    from .task import Task


class Scope:
    """Owns tasks until they are taken. `expires` is a monotonic time; `parent` is the task whose job this is, or 0."""

    def __init__(
        self, request_id: str = "", expires: float | None = None, traceparent: str = "", *, parent: int = 0
    ) -> None:
        self.request_id = request_id
        self.expires = expires
        self.traceparent = traceparent
        self.parent = parent
        self.is_closed = False
        self.tally = Tally()
        self.context = _context(request_id, traceparent)
        self._tasks: dict[int, Task] = {}
        self._awaited: set[Task] = set()
        self._token: Token[Scope] | None = None

    def __enter__(self) -> Scope:
        self._token = _current.set(self)
        return self

    def __exit__(self, *error: object) -> None:
        if self._token is not None:
            _current.reset(self._token)
        self.close()

    async def __aenter__(self) -> Scope:
        return self.__enter__()

    async def __aexit__(self, *error: object) -> None:
        self.__exit__()

    def remaining(self) -> float | None:
        """Seconds until the deadline, never negative; None without one."""
        return None if self.expires is None else max(0.0, self.expires - time.monotonic())

    def adopt(self, task: Task, most: int) -> None:
        """Own a task from now on; JobError when the request is over, PoolSaturated if it owns so many already."""
        if self.is_closed:
            raise JobError("Pogo request has ended")
        if len(self._tasks) >= most:
            raise PoolSaturated(f"Pogo request has {most} open tasks, and may not have more")
        self._tasks[task.id] = task
        self.tally.spawned += 1

    def find(self, id: int) -> Task:
        """An own task that nobody took yet; UnknownTask."""
        try:
            return self._tasks[id]
        except KeyError:
            raise UnknownTask("unknown or already awaited Pogo task") from None

    def claim(self, task: Task) -> None:
        """Somebody awaits the task now; UnknownTask if somebody did before, since a result is taken once."""
        if self._tasks.pop(task.id, None) is None:
            raise UnknownTask("unknown or already awaited Pogo task")
        self._awaited.add(task)

    def release(self, task: Task) -> None:
        """The await is over, whatever came of it."""
        self._awaited.discard(task)

    def close(self) -> None:
        """Cancel all that is open; nothing can be spawned any more."""
        self.is_closed = True
        if self._tasks or self._awaited:
            tasks = [*self._tasks.values(), *self._awaited]
            self._tasks = {}
            for task in tasks:
                task.cancel()


def _context(request_id: str, traceparent: str) -> bytes:
    if not request_id and not traceparent:
        return b""
    known = {"request_id": request_id, "traceparent": traceparent}
    return encode_json({key: value for key, value in known.items() if value})


_process = Scope()
_current: ContextVar[Scope] = ContextVar("pogo_scope", default=_process)


def current_scope() -> Scope:
    """The scope of the running request or job, or that of the process."""
    return _current.get()


def is_process_scope(scope: Scope) -> bool:
    """Whether no request and no job is running here."""
    return scope is _process


def deadline() -> float | None:
    """Seconds left for the running request or job; None if it may take as long as it wants."""
    return _current.get().remaining()


def traceparent() -> str:
    """The running request's or job's trace, as W3C Trace Context writes it; nothing if there is none."""
    return _current.get().traceparent


def request_scope(
    request_id: str = "", timeout: float | None = None, traceparent: str = "", *, parent: int = 0
) -> Scope:
    """`with` or `async with`: one request. At its end every task that was not taken is cancelled.

    `timeout` is in seconds; a scope inside another one never outlives the outer deadline.
    """
    expires = _current.get().expires
    if timeout is not None:
        own = time.monotonic() + timeout
        expires = own if expires is None else min(own, expires)
    return Scope(request_id, expires, traceparent, parent=parent)
