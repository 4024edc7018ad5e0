"""The caller's side of a connection to the broker: gives ids, sends spawns, settles tasks as results come in.

Who reads it is up to the two kinds: `ThreadConnection` is read by the threads that wait, `LoopConnection` by an event
loop. There is no thread behind either.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from abc import ABC, abstractmethod

from . import wire
from .dial import dial
from .errors import JobError
from .scope import Scope
from .task import Task
from .wire import Frame, FrameReader, Kind, Outcome, Spawn, WireError

_LOST = b'{"error":"the connection to the Pogo broker was lost"}'


class Connection(ABC):
    """What both kinds share. Subclasses send, and wait. A `deadline` is a monotonic time, None for never."""

    def __init__(self, path: str) -> None:
        self.sock, welcome = dial(path, {"role": "caller", "timings": True})
        self.pools: dict[str, int] = welcome["pools"]
        self.limit: int = welcome["limit"]
        self.max_tasks: int = welcome["max_tasks"]
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
            scope.adopt(task, self.max_tasks)
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
    def block(self, deadline: float | None, *tasks: Task) -> None:
        """The same for threads, and for any one of several tasks."""

    @abstractmethod
    def poll(self) -> None:
        """Take in what has come, without waiting."""

    def close(self) -> None:
        """End the connection; what is open is lost."""
        if self.is_closed:
            return
        self.is_closed = True
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that reads it
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
                    outcome, body, waited, ran = wire.unpack_timed_result(frame.payload)
                    task.took(waited, ran)
                    task.settle(outcome, body)
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
