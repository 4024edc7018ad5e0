"""The caller's side of a connection to the broker: gives ids, sends spawns, settles tasks as results come in.

There is no thread behind it. `ThreadConnection` is read by whichever thread waits for a result: one leads and reads for
all, the others sleep until their result is here or the lead is free. On an event loop `LoopConnection` is used instead.
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from . import wire
from .errors import JobError
from .scope import Scope
from .task import Task, Waiter
from .wire import Frame, FrameReader, Kind, Outcome, Spawn, WireError

HANDSHAKE_TIMEOUT = 5.0
SEND_TIMEOUT = 30
"""Seconds; the broker always reads, so only a dead or stopped one lets a send wait."""
CHUNK = 256 << 10
_WELCOME_LIMIT = 1 << 20
_LOST = b'{"error":"the connection to the Pogo broker was lost"}'


class Welcome(NamedTuple):
    """The broker's answer to a caller: its number, the largest payload, and the slots of each pool."""

    number: int
    limit: int
    pools: dict[str, int]


def dial(path: str, hello: dict[str, Any]) -> tuple[socket.socket, dict[str, Any]]:
    """Connect to the broker and shake hands; the socket is blocking and has nothing unread. Raises JobError."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(HANDSHAKE_TIMEOUT)
        sock.connect(path)
        sock.sendall(wire.encode(Kind.HELLO, 0, wire.encode_json({"version": wire.VERSION, **hello})))
        welcome = wire.decode_object(_read_welcome(sock))
        if "error" in welcome:
            raise JobError(f"Pogo broker at {path}: {welcome['error']}")
        sock.settimeout(None)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT, 0))
    except OSError as wrong:
        sock.close()
        raise JobError(f"Pogo broker at {path} cannot be reached: {wrong}") from None
    except BaseException:
        sock.close()
        raise
    return sock, welcome


def _read_welcome(sock: socket.socket) -> bytes:
    # Byte-exact, for a job may follow at once.
    head = _read_exactly(sock, wire.HEAD_SIZE)
    length, kind, _ = wire.decode_head(head)
    if kind != Kind.WELCOME or length > _WELCOME_LIMIT:
        raise WireError("the peer is no Pogo broker")
    return _read_exactly(sock, length)


def _read_exactly(sock: socket.socket, size: int) -> bytes:
    data = sock.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise WireError("the Pogo broker closed the connection")
    return data


class Connection(ABC):
    """What both kinds share. Subclasses send, and wait. A `deadline` is a monotonic time, None for never."""

    def __init__(self, path: str) -> None:
        self.sock, welcome = dial(path, {"role": "caller", "pid": os.getpid()})
        self.pools: dict[str, int] = welcome["pools"]
        self.limit: int = welcome["limit"]
        self.is_closed = False
        self._last_id: int = welcome["connection"] << 32
        self._open: dict[int, Task] = {}
        self._reader = FrameReader(self.limit)
        self._sending = threading.Lock()

    def spawn(self, label: str, spawn: Spawn, scope: Scope) -> Task:
        """Send a job; JobError if it is too large or the broker is gone."""
        payload = wire.pack_spawn(spawn)
        if len(payload) > self.limit:
            raise JobError(f"Pogo job of {len(payload)} bytes exceeds the limit of {self.limit}")
        with self._sending:  # ids must reach the broker in order
            self._last_id = id = self._last_id + 1
            task = Task(id, label, spawn, self, scope)
            scope.adopt(task)
            self._open[id] = task
            self.send(wire.encode(Kind.SPAWN, id, payload))
        return task

    def cancel(self, task: Task) -> None:
        """Tell the broker; a result that is under way is dropped."""
        if self._open.pop(task.id, None) is not None and not self.is_closed:
            with self._sending:
                self.send(wire.encode(Kind.CANCEL, task.id))

    def grant(self, task: Task, more: int) -> None:
        """Let the job yield `more` further partial results."""
        with self._sending:
            self.send(wire.encode(Kind.CREDIT, task.id, wire.pack_credit(more)))

    @abstractmethod
    def send(self, data: bytes) -> None:
        """Write, holding `_sending`. A dead connection settles its tasks instead of raising."""

    @abstractmethod
    async def settled(self, task: Task, deadline: float | None) -> None:
        """Return when the task has news or the time is up."""

    @abstractmethod
    def block(self, task: Task, deadline: float | None) -> None:
        """The same for threads."""

    @abstractmethod
    def poll(self) -> None:
        """Take in what has come, without waiting."""

    def close(self) -> None:
        """End the connection; what is open is lost."""
        if self.is_closed:
            return
        self.is_closed = True
        self.sock.close()
        tasks, self._open = list(self._open.values()), {}
        for task in tasks:
            task.settle(Outcome.LOST, _LOST)

    def receive(self, data: bytes) -> None:
        """Take in what the broker sent; empty is the end of the connection."""
        if not data:
            self.close()
        try:
            for frame in self._reader.feed(data):
                self._take_in(frame)
        except WireError:
            self.close()

    def _take_in(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.RESULT:
                task = self._open.pop(frame.id, None)
                if task is not None:
                    task.settle(*wire.unpack_outcome(frame.payload))
            case Kind.YIELD:
                task = self._open.get(frame.id)
                if task is not None:
                    task.add_part(frame.payload)
            case Kind.POOLS:
                known = wire.decode_object(frame.payload)
                self.pools = known["pools"]
                self.limit = self._reader.limit = known["limit"]
            case _:
                raise WireError(f"frame of kind {frame.kind} from the broker")


class LockWaiter(Waiter):
    """A sleeping thread. Waking is sticky: a wake that comes before the sleep is not lost."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # awake already
            self._lock.release()

    def sleep(self, deadline: float | None) -> None:
        """Until woken or `deadline`, a monotonic time."""
        self._lock.acquire(timeout=-1 if deadline is None else max(0.0, deadline - time.monotonic()))


class ThreadConnection(Connection):
    """For plain threads; see the head of this file."""

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

        await asyncio.to_thread(self.block, task, deadline)

    def block(self, task: Task, deadline: float | None) -> None:
        waiter = LockWaiter()
        task.expect(waiter)
        self._followers.add(waiter)
        try:
            while not task.has_news:
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
        try:
            self._set_patience(deadline)
            self.receive(self.sock.recv(CHUNK))
        except BlockingIOError:
            pass
        except OSError:
            self.close()
        finally:
            self._lead.release()

    def _set_patience(self, deadline: float | None) -> None:
        """How long a `recv` may take: the kernel's own timeout costs less than to poll first."""
        seconds = 0.0 if deadline is None else max(1e-6, deadline - time.monotonic())
        if seconds or self._is_patient:
            whole, rest = divmod(seconds, 1)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", int(whole), int(rest * 1e6)))
            self._is_patient = bool(seconds)

    def _pass_lead_on(self) -> None:
        with contextlib.suppress(StopIteration):
            next(iter(tuple(self._followers))).wake()
