"""A pool worker with several slots: async handlers share one event loop, sync ones run in threads.

Cheaper per slot than a process, for jobs that wait. A thread cannot be interrupted, so that a cancelled sync job goes
on; after its grace the broker gives this worker no more jobs, and has it killed when nothing else runs in it.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import socket
import threading
from collections.abc import AsyncIterator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from types import GeneratorType
from typing import Any

from . import wire
from .classes import Classes
from .dial import CHUNK
from .job import failure, part, prepare, scope_of, success
from .wire import Frame, FrameReader, Job, Kind, WireError


class Seat:
    """A job that runs. `credit` counts the parts it may still send; `is_heard` says whether anybody asked for them."""

    def __init__(self, credit: int) -> None:
        self.task: asyncio.Task[None] | None = None
        self.is_async = False
        self.is_heard = credit > 0
        self._credit = credit
        self._more = threading.Condition()
        self._has_more = asyncio.Event()

    def grant(self, more: int) -> None:
        """The caller takes more parts. To be called on the loop."""
        with self._more:
            self._credit += more
            self._more.notify()
        self._has_more.set()

    def spend(self) -> None:
        """Wait, in a thread, until a part may be sent."""
        with self._more:
            self._more.wait_for(lambda: self._credit > 0)
            self._credit -= 1

    async def spend_async(self) -> None:
        """Wait, on the loop, until a part may be sent."""
        while not self._credit:
            self._has_more.clear()
            await self._has_more.wait()
        self._credit -= 1


class ConcurrentWorker:
    """The worker's side of one connection, for as many jobs as the broker gives it."""

    def __init__(self, sock: socket.socket, limit: int, classes: Classes, slots: int) -> None:
        self._sock = sock
        self._limit = limit
        self._classes = classes
        self._reader = FrameReader(limit)
        self._sending = threading.Lock()
        self._threads = ThreadPoolExecutor(slots, thread_name_prefix="pogo-job")
        self._seats: dict[int, Seat] = {}
        self._is_draining = False
        self._is_over = asyncio.Event()

    def run(self) -> None:
        """Work until drained or the broker is gone."""
        asyncio.run(self._serve())
        if self._seats:  # the broker is gone, and a thread that still works would hold up the end
            os._exit(0)

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._sock, self._read)
        await self._is_over.wait()
        loop.remove_reader(self._sock)
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> None:
        try:
            data = self._sock.recv(CHUNK, socket.MSG_DONTWAIT)
            for frame in self._reader.feed(data):
                self._take_in(frame)
        except BlockingIOError:
            return
        except (OSError, WireError):
            data = b""
        if not data:
            self._is_over.set()

    def _take_in(self, frame: Frame) -> None:
        seat = self._seats.get(frame.id)
        match frame.kind:
            case Kind.JOB:
                self._start(frame)
            case Kind.CANCEL:
                if seat is not None and seat.is_async and seat.task is not None:
                    seat.task.cancel()
            case Kind.CREDIT:
                if seat is not None:
                    seat.grant(wire.unpack_credit(frame.payload))
            case Kind.DRAIN:
                self._is_draining = True
                self._end_if_drained()
            case _:
                raise WireError(f"frame of kind {frame.kind} from the broker")

    def _start(self, frame: Frame) -> None:
        job = wire.unpack_job(frame.payload)
        seat = self._seats[frame.id] = Seat(job.credit)
        seat.task = asyncio.get_running_loop().create_task(self._work(frame.id, job, seat))

    async def _work(self, id: int, job: Job, seat: Seat) -> None:
        try:
            with scope_of(id, job):
                outcome, body = success(await self._call(id, job, seat), self._limit)
        except BaseException as error:  # whatever it is, it is the job's own; the loop must not end by it
            outcome, body = failure(error)
        self._send(Kind.DONE, id, wire.pack_outcome(outcome, body))
        del self._seats[id]
        self._end_if_drained()

    async def _call(self, id: int, job: Job, seat: Seat) -> Any:
        handle, args = prepare(job, self._classes)
        if inspect.isasyncgenfunction(handle):
            seat.is_async = True
            return await self._relay_async(id, handle(args), seat)
        if inspect.iscoroutinefunction(handle):
            seat.is_async = True
            return await handle(args)

        def run() -> Any:
            result = handle(args)
            return self._relay(id, result, seat) if isinstance(result, GeneratorType) else result

        return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, run)

    async def _relay_async(self, id: int, parts: AsyncIterator[Any], seat: Seat) -> None:
        async for value in parts:
            if seat.is_heard:
                await seat.spend_async()
                self._send(Kind.YIELD, id, part(value, self._limit))

    def _relay(self, id: int, parts: Generator[Any, None, Any], seat: Seat) -> Any:
        while True:
            try:
                value = next(parts)
            except StopIteration as end:
                return end.value
            if seat.is_heard:
                seat.spend()
                self._send(Kind.YIELD, id, part(value, self._limit))

    def _send(self, kind: Kind, id: int, payload: bytes) -> None:
        # Blocking, for the broker always reads; the lock keeps the frames of several threads whole.
        try:
            with self._sending:
                self._sock.sendall(wire.encode(kind, id, payload))
        except OSError:
            self._is_draining = True  # the loop sees the end of the connection by itself

    def _end_if_drained(self) -> None:
        if self._is_draining and not self._seats:
            self._is_over.set()
