"""A pool worker: dials in to the broker, runs one job at a time on its main thread, answers, ends when drained.

There is no second thread, so that a job may fork and a hand-over costs nothing. While a job runs, the kernel sends a
signal when the broker writes (`O_ASYNC`); its handler reads the frame on the main thread, between two bytecodes, and
raises `JobCancelled` there if the frame cancels exactly the job that runs (an async job is cancelled as an asyncio
task). It interrupts a sleep or a read as well.
A job that does not see it, in C code or because it catches everything, is killed from outside after the pool's grace.

Standard output and error are the job's own; frames never touch them.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from types import FrameType
from typing import Any

from . import wire
from .classes import Classes
from .client import SOCKET_VARIABLE
from .connection import CHUNK, dial
from .job import failure, is_awaitable, prepare, scope_of, success
from .wire import Frame, FrameReader, Job, Kind, Outcome, WireError

SECRET_VARIABLE = "POGO_WORKER_SECRET"
POOL_VARIABLE = "POGO_POOL"
MODULE_VARIABLE = "POGO_WORKER"
PACKAGES_VARIABLE = "POGO_PACKAGES"
SLOTS_VARIABLE = "POGO_SLOTS"

_F_SETSIG = 10  # <fcntl.h>
_SIGNAL = signal.SIGRTMIN + 7  # one that applications hardly use


class JobCancelled(BaseException):
    """Raised inside a running job that nobody wants any more; not an Exception, so that `except Exception` lets
    it pass, as with KeyboardInterrupt."""


class Worker:
    """The worker's side of one connection."""

    def __init__(self, sock: socket.socket, limit: int, classes: Classes) -> None:
        self._sock = sock
        self._limit = limit
        self._classes = classes
        self._reader = FrameReader(limit)
        self._jobs: deque[Frame] = deque()
        self._current: int | None = None
        self._cancelled: int | None = None
        self._is_told = False
        self._is_draining = False
        self._flags = fcntl.fcntl(sock, fcntl.F_GETFL)
        self._runner: asyncio.Runner | None = None
        self._task: asyncio.Task[Any] | None = None

    def run(self) -> None:
        """Work until drained or the broker is gone."""
        self._arm()
        try:
            while (frame := self._next()) is not None:
                outcome, body = self._work(frame.id, wire.unpack_job(frame.payload))
                self._sock.sendall(wire.encode(Kind.DONE, frame.id, wire.pack_outcome(outcome, body)))
        except (WireError, BrokenPipeError, ConnectionResetError):
            return
        finally:
            if self._runner is not None:
                self._runner.close()

    def _next(self) -> Frame | None:
        while not self._jobs and not self._is_draining:
            self._receive(0)
        return self._jobs.popleft() if self._jobs else None

    def _receive(self, flags: int) -> None:
        data = self._sock.recv(CHUNK, flags)
        if not data:
            self._is_draining = True
            self._cancel(self._current)
        for frame in self._reader.feed(data):
            self._take_in(frame)

    def _take_in(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.JOB:
                self._jobs.append(frame)
            case Kind.CANCEL:
                self._cancel(frame.id)
            case Kind.DRAIN:
                self._is_draining = True
            case Kind.CREDIT:
                pass
            case _:
                raise WireError(f"frame of kind {frame.kind} from the broker")

    def _cancel(self, id: int | None) -> None:
        """Raise in the job with that id, once. A cancel that comes late finds another id, or none, and does nothing."""
        self._cancelled = id
        if id is None or id != self._current or self._is_told:
            return
        self._is_told = True
        if self._task is None:
            raise JobCancelled
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)  # wakes the loop out of its select

    # While a job runs

    def _work(self, id: int, job: Job) -> tuple[Outcome, bytes]:
        self._is_told = False
        self._current = id
        try:
            try:
                self._watch()
                with scope_of(id, job):
                    return success(self._call(job), self._limit)
            finally:
                self._current = None
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the job's own, too
            return failure(error)
        finally:
            self._current = None  # once more: the one cancel that a job can get may have hit the line above
            self._unwatch()

    def _call(self, job: Job) -> Any:
        handle, args = prepare(job, self._classes)
        result = handle(args)
        return self._run_async(result) if is_awaitable(result) else result

    def _run_async(self, awaitable: Awaitable[Any]) -> Any:
        # One loop for all jobs of this worker, so that what they keep open on it lives on.
        if self._runner is None:
            self._runner = asyncio.Runner()
        try:
            return self._runner.run(self._as_task(awaitable), context=copy_context())
        finally:
            self._task = None

    async def _as_task(self, awaitable: Awaitable[Any]) -> Any:
        self._task = asyncio.current_task()
        return await awaitable

    def _watch(self) -> None:
        fcntl.fcntl(self._sock, fcntl.F_SETFL, self._flags | os.O_ASYNC)
        self._look()  # what came before the kernel was asked to tell
        if self._cancelled == self._current:  # it came in one read with the job
            self._cancel(self._current)

    def _unwatch(self) -> None:
        fcntl.fcntl(self._sock, fcntl.F_SETFL, self._flags)
        if signal.getsignal(_SIGNAL) != self._on_signal:
            self._arm()

    def _arm(self) -> None:
        signal.signal(_SIGNAL, self._on_signal)
        fcntl.fcntl(self._sock, _F_SETSIG, _SIGNAL)
        fcntl.fcntl(self._sock, fcntl.F_SETOWN, os.getpid())

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        # Python runs this on the main thread, which is either inside the job or past it.
        if self._current is not None:
            self._look()

    def _look(self) -> None:
        try:
            self._receive(socket.MSG_DONTWAIT)
        except BlockingIOError:
            return


def run_worker(
    socket_path: str,
    secret: str,
    pool: str,
    *,
    slots: int,
    load: Callable[[], Classes],
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Be a worker of `pool` until drained. Raises JobError when the broker does not take it, and what `load` raises.

    `on_ready` is called when the broker has taken it.

    To be called on the main thread of a process of its own.
    """
    classes = load()
    os.environ[SOCKET_VARIABLE] = socket_path  # so that jobs can spawn
    sock, welcome = dial(socket_path, {"role": "worker", "pool": pool, "secret": secret, "slots": slots})
    with sock:
        if on_ready is not None:
            on_ready()
        Worker(sock, int(welcome["limit"]), classes).run()


def main() -> None:
    """`python -m pogoproxy.jobs.worker`, told by its environment what to be."""
    environ = os.environ
    sys.path.insert(0, "")
    packages = environ.get(PACKAGES_VARIABLE, "").split()
    classes = Classes(environ[MODULE_VARIABLE], packages)
    run_worker(
        environ[SOCKET_VARIABLE],
        environ.pop(SECRET_VARIABLE),
        environ.get(POOL_VARIABLE, "default"),
        slots=int(environ.get(SLOTS_VARIABLE, "1")),
        load=classes.load,
    )


if __name__ == "__main__":
    main()
