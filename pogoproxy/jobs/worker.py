"""A pool worker: dials in to the broker, runs one job at a time on its main thread, answers, ends when drained.

A cancel is seen while the job runs (`line`): `JobCancelled` is raised inside it, wherever it is, or an async job is
cancelled as an asyncio task. It interrupts a sleep or a read as well. A job that does not see it, in C code or because
it catches everything, is killed from outside after the pool's grace.

While it runs a job it may have others in hand, which the broker can call back (`hand`).

Standard output and error are the job's own; frames never touch them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import copy_context
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

from . import wire
from .classes import Classes
from .client import SOCKET_VARIABLE
from .concurrent_worker import ConcurrentWorker
from .dial import dial
from .hand import AHEAD, Hand
from .hygiene import Order
from .job import failure, part, prepare, scope_of, success
from .line import Line
from .wire import Frame, Job, Kind, Outcome, WireError

SECRET_VARIABLE = "POGO_WORKER_SECRET"
POOL_VARIABLE = "POGO_POOL"
MODULE_VARIABLE = "POGO_WORKER"
PACKAGES_VARIABLE = "POGO_PACKAGES"
SLOTS_VARIABLE = "POGO_SLOTS"


class JobCancelled(BaseException):
    """Raised inside a running job that nobody wants any more; not an Exception, so that `except Exception` lets
    it pass, as with KeyboardInterrupt."""


class Worker:
    """The worker's side of one connection."""

    def __init__(self, sock: socket.socket, limit: int, classes: Classes) -> None:
        self._line = Line(sock, limit, self._take_in, self._interrupt_if_cancelled)
        self._limit = limit
        self._classes = classes
        self._hand = Hand()
        self._current = 0
        self._cancelled = 0
        self._is_told = False
        self._is_draining = False
        self._is_heard = False
        self._credit = self._early_credit = 0
        self._runner: asyncio.Runner | None = None
        self._is_async = False
        self._task: asyncio.Task[Any] | None = None
        self._credit_came: asyncio.Event | None = None

    def run(self) -> None:
        """Work until drained or the broker is gone."""
        order = Order()
        try:
            while (frame := self._next()) is not None:
                outcome, body = self._work(frame.id, wire.unpack_job(frame.payload))
                is_restored = order.restore()
                if not is_restored:
                    self._resign()
                self._line.send(Kind.DONE, frame.id, wire.pack_outcome(outcome, body))
                if not is_restored:
                    return
        except (WireError, BrokenPipeError, ConnectionResetError):
            return
        finally:
            self._line.stop()
            if self._runner is not None:
                self._runner.close()

    def _next(self) -> Frame | None:
        frame = self._hand.next()
        if frame is None:
            self._line.wait_until(self._has_orders)
            frame = self._hand.next()
        return frame

    def _has_orders(self) -> bool:
        return bool(self._hand) or self._is_draining

    def _resign(self) -> None:
        """This process is of no more use: it gets no more jobs, and what it has in hand goes elsewhere."""
        self._line.send(Kind.RETURN, 0, b"")
        self._line.wait_until(lambda: self._is_draining)
        for id in self._hand.clear():
            self._line.send(Kind.RETURN, id, b"")

    def _take_in(self, frame: Frame) -> bytes:
        """Note what the broker says. Returns what is to be answered at once."""
        match frame.kind:
            case Kind.JOB:
                self._hand.take(frame)
            case Kind.CANCEL:
                self._cancelled = frame.id
                return self._give_up(frame.id)
            case Kind.RECALL:
                return self._give_up(frame.id)
            case Kind.DRAIN:
                self._is_draining = True
            case Kind.CREDIT:
                self._grant(frame.id, wire.unpack_credit(frame.payload))
            case _:
                raise WireError(f"frame of kind {frame.kind} from the broker")
        return b""

    def _give_up(self, id: int) -> bytes:
        return wire.encode(Kind.RETURN, id) if self._hand.give_up(id) else b""

    def _grant(self, id: int, more: int) -> None:
        if id == self._current:
            self._credit += more
            if self._task is not None and self._credit_came is not None:
                self._task.get_loop().call_soon_threadsafe(self._credit_came.set)
        elif self._hand.holds(id):  # it came in one read with the job
            self._early_credit += more

    def _interrupt_if_cancelled(self) -> None:
        """Raise in the job that runs, once. A cancel that comes late names another id, and does nothing."""
        is_unwanted = self._line.is_over or self._cancelled == self._current
        if not self._current or not is_unwanted or self._is_told:
            return
        if self._task is None and self._is_async:
            return  # `_as_task` asks again; an exception here would leave a coroutine behind for the next job to run
        self._is_told = True
        if self._task is None:
            raise JobCancelled
        self._task.get_loop().call_soon_threadsafe(self._task.cancel)  # wakes the loop out of its select

    # While a job runs

    def _work(self, id: int, job: Job) -> tuple[Outcome, bytes]:
        self._is_told = False
        self._credit, self._early_credit = job.credit + self._early_credit, 0
        self._is_heard = job.credit > 0
        self._current = id
        try:
            try:
                self._line.watch()
                with scope_of(id, job):
                    return success(self._call(job), self._limit)
            finally:
                self._current = 0
        except BaseException as error:  # SystemExit and KeyboardInterrupt are the job's own, too
            return failure(error)
        finally:
            self._current = 0  # once more: the one cancel that a job can get may have hit the line above

    def _call(self, job: Job) -> Any:
        handle, args = prepare(job, self._classes)
        result = handle(args)
        match result:
            case GeneratorType():
                return self._relay(result)
            case AsyncGeneratorType():
                return self._run_async(self._relay_async(result))
            case CoroutineType():
                return self._run_async(result)
            case _:
                return result

    def _run_async(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        # One loop for all jobs of this worker, so that what they keep open on it lives on.
        if self._runner is None:
            self._runner = asyncio.Runner()
        self._is_async = True
        try:
            return self._runner.run(self._as_task(coroutine), context=copy_context())
        finally:
            self._task = None
            self._is_async = False

    async def _as_task(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        self._credit_came = asyncio.Event()
        self._task = asyncio.current_task()
        self._interrupt_if_cancelled()
        return await coroutine

    # Partial results

    def _relay(self, parts: Generator[Any, None, Any]) -> Any:
        """Send what a generator yields, no faster than the caller takes it; its return value is the result."""
        while True:
            try:
                value = next(parts)
            except StopIteration as end:
                return end.value
            if self._is_heard and not self._credit:
                self._line.wait_until(lambda: self._credit > 0)
            self._send_part(value)

    async def _relay_async(self, parts: AsyncIterator[Any]) -> None:
        async for value in parts:
            while self._is_heard and not self._credit and self._credit_came is not None:
                self._credit_came.clear()
                if not self._credit:
                    await self._credit_came.wait()
            self._send_part(value)

    def _send_part(self, value: Any) -> None:
        if self._is_heard:  # else nobody asked for parts, and only the result counts
            self._credit -= 1
            self._line.send(Kind.YIELD, self._current, part(value, self._limit))


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
    become_worker(socket_path)
    sock, welcome = dial(socket_path, hello(pool, secret, slots))
    with sock:
        if on_ready is not None:
            on_ready()
        limit = int(welcome["limit"])
        if slots > 1:
            ConcurrentWorker(sock, limit, classes, slots).run()
        else:
            Worker(sock, limit, classes).run()


def hello(pool: str, secret: str, slots: int) -> dict[str, Any]:
    """What a worker says first."""
    return {"role": "worker", "pool": pool, "secret": secret, "slots": slots, "ahead": AHEAD}


def become_worker(socket_path: str) -> None:
    """Let jobs that run here find the broker, and whoever wakes this process go on.

    A broker that hands out ten jobs is then not interrupted by the first of them. As measured, a third more short jobs
    a second on two cores, and no later answers.
    """
    os.environ[SOCKET_VARIABLE] = socket_path
    if os.sched_getscheduler(0) == os.SCHED_OTHER:
        with suppress(OSError):  # where a container's filter forbids it
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


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
