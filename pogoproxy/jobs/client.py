"""Spawning: names a class, sends its arguments, returns a task. One connection for each loop, one for all threads."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

from . import wire
from .connection import Connection
from .errors import JobError, TaskTimeout, UnknownPool
from .scope import current_scope
from .task import Task, check_timeout
from .thread_connection import ThreadConnection
from .values import encode_json
from .wire import Spawn

if TYPE_CHECKING:
    import asyncio

    from .loop_connection import LoopConnection

SOCKET_VARIABLE = "POGO_SOCKET"
DEFAULT_POOL = "default"


class Client:
    """The connections of this process to the broker at `path`. They are opened when they are first needed."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._threads: ThreadConnection | None = None
        self._loops: dict[asyncio.AbstractEventLoop, LoopConnection] = {}

    def connection(self) -> Connection:
        """The one to use here: the running loop's, or that of all threads."""
        # A process that never imported asyncio runs no loop, and need not pay for the import.
        asyncio = sys.modules.get("asyncio")
        if asyncio is not None:
            loop = asyncio._get_running_loop()
            if loop is not None:
                return self._of_loop(loop)
        return self.of_threads()

    def of_threads(self) -> ThreadConnection:
        """The threads' connection."""
        with self._lock:
            if self._threads is None or self._threads.is_closed:
                self._threads = ThreadConnection(self.path)
            return self._threads

    def _of_loop(self, loop: asyncio.AbstractEventLoop) -> LoopConnection:
        connection = self._loops.get(loop)
        if connection is None or connection.is_closed:
            from .loop_connection import LoopConnection

            self._drop_dead_loops()
            connection = self._loops[loop] = LoopConnection(self.path, loop)
        return connection

    def _drop_dead_loops(self) -> None:
        for loop in [loop for loop in self._loops if loop.is_closed()]:
            self._loops.pop(loop).close()

    def close(self) -> None:
        """End all connections; what is open is lost."""
        for connection in (self._threads, *self._loops.values()):
            if connection is not None:
                connection.close()


_clients: dict[str, Client] = {}


def client() -> Client:
    """The client for the broker that `POGO_SOCKET` names; JobError when there is none."""
    path = os.environ.get(SOCKET_VARIABLE)
    if not path:
        raise JobError("Pogo is not configured")
    found = _clients.get(path)
    return found if found is not None else _clients.setdefault(path, Client(path))


os.register_at_fork(after_in_child=_clients.clear)  # a connection shared with the parent would mix up both's results


def spawn(job: type | str, args: Any = None, pool: str = DEFAULT_POOL, *, window: int = 0) -> Task:
    """Start `job` in a worker of `pool`: its class is made there and its `handle(args)` called.

    `job` is a class, `"module:Class"`, or the name of a class in the pool's own worker module. `args` is any JSON
    value. With a `window` the task can be iterated for what the job yields, so many values ahead of you at most.

    The task belongs to the running request and is cancelled with it. Raises JobError, UnknownPool, and
    TaskTimeout when the request's deadline has passed.
    """
    return _spawn(client().connection(), job, args, pool, window)


def _spawn(connection: Connection, job: type | str, args: Any, pool: str, window: int = 0) -> Task:
    pool = pool or DEFAULT_POOL
    _slots(connection, pool)
    name = class_name(job)
    scope = current_scope()
    remaining = scope.remaining()
    if remaining is not None and remaining <= 0:
        raise TaskTimeout("Pogo request deadline has passed")
    body = wire.pack_job(encode_job(name, args), scope.context)
    milliseconds = 0 if remaining is None else max(1, int(remaining * 1000))
    return connection.spawn(name, Spawn(pool, body, milliseconds, scope.parent, window), scope)


def pool_size(pool: str = DEFAULT_POOL) -> int:
    """How many jobs of that pool can run at once; UnknownPool, JobError."""
    connection = client().connection()
    connection.poll()
    return _slots(connection, pool or DEFAULT_POOL)


def _slots(connection: Connection, pool: str) -> int:
    if pool not in connection.pools:
        connection.poll()
    try:
        return connection.pools[pool]
    except KeyError:
        raise UnknownPool(f"unknown Pogo pool {wire.quoted(pool)}") from None


def class_name(job: type | str) -> str:
    """How a job's class is named on the wire; JobError if no worker could find it."""
    if isinstance(job, str):
        if not job:
            raise JobError("Pogo job class must not be empty")
        return job
    if "<locals>" in job.__qualname__:
        raise JobError(f"Pogo job class {job.__qualname__} is local to a function; a worker cannot import it")
    # A script's own classes are not importable under `__main__`; the pool's worker module may be that script.
    return job.__qualname__ if job.__module__ == "__main__" else f"{job.__module__}:{job.__qualname__}"


def encode_job(name: str, args: Any) -> bytes:
    """The seed's payload, `{"class":…,"args":…}`; JobError."""
    try:
        return encode_json({"class": name, "args": {} if args is None else args})
    except (TypeError, ValueError, RecursionError):
        raise JobError("Failed to encode Pogo job args as JSON") from None


def pogo_spawn(job: type | str, args: Any = None, pool: str = DEFAULT_POOL) -> int:
    """The seed's `pogo_spawn`: like `spawn`, but returns the task's id, for `pogo_await` in the same request."""
    return _spawn(client().of_threads(), job, args, pool).id


def pogo_await(task: int, timeout: float = 5.0) -> Any:
    """The seed's `pogo_await`: blocks until the result of task `task` is here, `timeout` seconds at most."""
    check_timeout(timeout)
    client()
    return current_scope().find(task).result(timeout)


def pogo_pool_size(pool: str = DEFAULT_POOL) -> int:
    """The seed's `pogo_pool_size`."""
    connection = client().of_threads()
    connection.poll()
    return _slots(connection, pool or DEFAULT_POOL)
