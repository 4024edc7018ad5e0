"""The caller's connection on an event loop: the loop reads it, and awaiting costs one future."""

from __future__ import annotations

import asyncio
import threading
import time

from .connection import Connection
from .dial import CHUNK
from .errors import JobError
from .task import Task, Waiter, has_news
from .thread_connection import LockWaiter


class LoopConnection(Connection):
    """Belongs to one loop. Other threads may cancel and wait; only the loop's own thread spawns, reads and writes."""

    def __init__(self, path: str, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(path)
        self._loop = loop
        self._thread = threading.get_ident()
        self._unsent = bytearray()
        self._is_corked = False
        self.sock.setblocking(False)
        loop.add_reader(self.sock, self.poll)

    def send(self, data: bytes) -> None:
        if self._loop.is_closed():  # nobody reads here any more; the broker then cancels what was open
            self.close()
        elif threading.get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self.send, data)
        elif self._is_corked:
            self._unsent += data
        else:
            # A spawn goes out at once, those that follow it together in the loop's next turn.
            self._is_corked = True
            self._loop.call_soon(self._uncork)
            self._unsent += data[self._write(data) :]

    def _uncork(self) -> None:
        del self._unsent[: self._write(self._unsent)]
        self._is_corked = bool(self._unsent) and not self.is_closed
        if self._is_corked:
            self._loop.add_writer(self.sock, self._write_rest)

    def _write_rest(self) -> None:
        self._loop.remove_writer(self.sock)
        self._uncork()

    def _write(self, data: bytes | bytearray) -> int:
        """How much is done with; all of it on a dead connection."""
        if self.is_closed or not data:
            return len(data)
        try:
            return self.sock.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            return len(data)

    async def settled(self, task: Task, deadline: float | None) -> None:
        if asyncio.get_running_loop() is not self._loop:
            await asyncio.to_thread(self.block, deadline, task)
            return
        waiter = FutureWaiter(self._loop, self._thread)
        task.expect(waiter)
        timer = None if deadline is None else self._loop.call_later(deadline - time.monotonic(), waiter.wake)
        try:
            if not task.has_news:
                await waiter.future
        finally:
            if timer is not None:
                timer.cancel()

    def block(self, deadline: float | None, *tasks: Task) -> None:
        if threading.get_ident() == self._thread:
            raise JobError("result() would block the event loop that the task was spawned on; await the task")
        waiter = LockWaiter()
        for task in tasks:
            task.expect(waiter)
        if not has_news(tasks):
            waiter.sleep(deadline)

    def poll(self) -> None:
        if self.is_closed or threading.get_ident() != self._thread:
            return
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.receive(data)

    def close(self) -> None:
        if not self.is_closed and not self._loop.is_closed():
            self._loop.remove_reader(self.sock)
            self._loop.remove_writer(self.sock)
        super().close()


class FutureWaiter(Waiter):
    """An awaiting coroutine."""

    __slots__ = ("_loop", "_thread", "future")

    def __init__(self, loop: asyncio.AbstractEventLoop, thread: int) -> None:
        self.future: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._thread = thread

    def wake(self) -> None:
        if threading.get_ident() == self._thread:
            self._resolve()
        else:
            self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        if not self.future.done():
            self.future.set_result(None)
