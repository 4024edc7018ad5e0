"""The caller's connection for plain threads, read by whichever of them waits for a result.

One leads and reads for all; the others sleep until their result is here or the lead is free. So a thread that is alone
waits in `recv` itself, and a result costs no hand-over between threads.
"""

from __future__ import annotations

import math
import socket
import struct
import threading
import time

from .connection import Connection
from .dial import CHUNK
from .task import Task, Waiter, has_news


class LockWaiter(Waiter):
    """A sleeping thread. Waking is sticky: a wake that comes before the sleep is not lost."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wake(self) -> None:
        try:  # noqa: SIM105 - `suppress` takes six times as long, for each result
            self._lock.release()
        except RuntimeError:  # awake already
            pass

    def sleep(self, deadline: float | None) -> None:
        """Until woken or `deadline`, a monotonic time."""
        self._lock.acquire(timeout=-1 if deadline is None else max(0.0, deadline - time.monotonic()))


class ThreadConnection(Connection):
    """Any thread may spawn, cancel and wait."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._lead = threading.Lock()
        self._followers: set[LockWaiter] = set()
        self._is_patient = False

    def send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError:
            self.close()

    async def settled(self, task: Task, deadline: float | None) -> None:
        import asyncio

        await asyncio.to_thread(self.block, deadline, task)

    def block(self, deadline: float | None, *tasks: Task) -> None:
        waiter = LockWaiter()
        for task in tasks:
            task.expect(waiter)
        self._followers.add(waiter)
        try:
            while not has_news(tasks):
                if self._lead.acquire(blocking=False):
                    self._read(deadline)
                else:
                    waiter.sleep(deadline)
                if deadline is not None and time.monotonic() >= deadline:
                    break
        finally:
            self._followers.discard(waiter)
            self._pass_lead_on()

    def poll(self) -> None:
        if self._lead.acquire(blocking=False):
            self._read(0.0)
            self._pass_lead_on()

    def _read(self, deadline: float | None) -> None:
        """Read once, as the one who leads, and give the lead back."""
        left = None if deadline is None else deadline - time.monotonic()
        try:
            if left is not None and left <= 0:
                data = self.sock.recv(CHUNK, socket.MSG_DONTWAIT)
            else:
                self._set_patience(left or 0.0)
                data = self.sock.recv(CHUNK)
            self.receive(data)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
        finally:
            self._lead.release()

    def _set_patience(self, seconds: float) -> None:
        """How long a `recv` may take, 0 for ever: the kernel's own timeout costs less than to poll first."""
        if seconds or self._is_patient:
            whole, micros = divmod(math.ceil(seconds * 1e6), 1_000_000)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", whole, micros))
            self._is_patient = seconds > 0

    def _pass_lead_on(self) -> None:
        for follower in tuple(self._followers):
            follower.wake()
            break
