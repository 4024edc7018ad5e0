"""One connection to the broker: frames in, calls on the core; the first frame decides whose side it is."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from ..jobs import wire
from ..jobs.wire import Frame, FrameReader, Kind, WireError
from .actions import Action, Deliver, Kill
from .worker import Worker

if TYPE_CHECKING:
    from .server import Broker

log = logging.getLogger(__name__)

HELLO_TIMEOUT = 5.0
MAX_BACKLOG = 256 << 20
"""Bytes of results that a caller may leave unread before it is cut off."""
MAX_SLOTS = 1024
_TURN = 0.001
"""Seconds until a frame is on its way: the loop may write at the end of its turn."""
_SMALL = 16 << 10
"""Bytes that are sooner copied than written apart."""


class Session(asyncio.Protocol):
    """Speaks to one peer, a caller or a worker."""

    def __init__(self, broker: Broker, number: int) -> None:
        self.number = number
        self._broker = broker
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None
        self._handle: Callable[[Frame, float], list[Action]] = self._hello
        self._hello_timer: asyncio.TimerHandle | None = None
        self._on_close: Callable[[float, bool], list[Action]] | None = None
        self._worker_pid = 0
        self._sleeper = 0
        """The process to wake for a CANCEL, since it does not look at its connection while it runs a job."""
        self._wants_times = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._hello_timer = asyncio.get_running_loop().call_later(HELLO_TIMEOUT, self.cut_off, "no hello in time")

    def data_received(self, data: bytes) -> None:
        now = self._broker.clock()
        actions: list[Action] = []
        try:
            for frame in self._reader.feed(data):
                actions += self._handle(frame, now)
        except WireError as wrong:
            self.cut_off(str(wrong))
            if self._worker_pid:  # whatever runs there has lost its way, and holds a slot
                actions.append(Kill(self._worker_pid, str(wrong)))
        self._broker.perform(actions)

    def eof_received(self) -> None:
        # `connection_lost` comes a turn of the loop later: a job that is spawned in between would go to the dead.
        self._leave(is_unread=False)

    def connection_lost(self, exc: Exception | None) -> None:
        # A Unix socket whose peer closed it with bytes unread says ECONNRESET; one that read them all, end of file.
        is_unread = isinstance(exc, ConnectionResetError | BrokenPipeError)
        self._settle_hello()
        self._transport = None
        self._broker.forget(self)
        self._leave(is_unread=is_unread)

    def _leave(self, *, is_unread: bool) -> None:
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            self._broker.perform(on_close(self._broker.clock(), is_unread))

    def write(self, pieces: Sequence[bytes]) -> None:
        """Write frames, which may come in pieces so that large ones are not copied."""
        if self._transport is None:
            return
        if sum(map(len, pieces)) < _SMALL:
            self._transport.write(b"".join(pieces))
        else:
            self._transport.writelines(pieces)
        if self._transport.get_write_buffer_size() > MAX_BACKLOG:
            self.cut_off("it does not read its results")

    def result_head(self, end: Deliver) -> bytes:
        """How a RESULT to this caller begins, with its times if it has asked for them."""
        if self._wants_times:
            return wire.encode_timed_result_head(end.task, end.outcome, end.waited, end.ran, len(end.body))
        return wire.encode_result_head(end.task, end.outcome, len(end.body))

    def rouse(self) -> None:
        """Have a worker that does not look at its connection while it runs a job see what it is told now."""
        if self._sleeper:
            asyncio.get_running_loop().call_later(_TURN, self._wake)

    def _wake(self) -> None:
        if self._transport is not None:  # else its pid may be another's by now
            self._broker.staff.wake(self._sleeper)

    def send_json(self, kind: Kind, value: dict[str, Any]) -> None:
        """Write a frame that concerns no task."""
        self.write((wire.encode(kind, 0, json.dumps(value).encode()),))

    def cut_off(self, reason: str) -> None:
        """Close at once; what follows is that of any lost connection."""
        if self._transport is not None and not self._transport.is_closing():
            log.warning("connection cut off number=%d reason=%s", self.number, reason)
            self._transport.abort()

    def close(self) -> None:
        """End the connection after what was written."""
        if self._transport is not None:
            self._transport.close()

    def raise_limit(self, limit: int) -> None:
        """Take payloads of that size; a limit that shrank holds from the next connection on."""
        self._reader.limit = max(self._reader.limit, limit)

    def _settle_hello(self) -> None:
        if self._hello_timer is not None:
            self._hello_timer.cancel()
            self._hello_timer = None

    def _hello(self, frame: Frame, now: float) -> list[Action]:
        if frame.kind != wire.HELLO:
            raise WireError("the first frame is no HELLO")
        self._settle_hello()
        hello = wire.decode_object(frame.payload)
        if hello.get("version") != wire.VERSION:
            self.send_json(Kind.WELCOME, {"version": wire.VERSION, "error": "unsupported protocol version"})
            self._handle = self._ignore
            self.close()
            return []
        self._reader.limit = self._broker.frame_limit()
        if hello.get("role") == "worker":
            return self._welcome_worker(hello, now)
        self._wants_times = hello.get("timings") is True
        self._welcome_caller()
        return []

    def _ignore(self, frame: Frame, now: float) -> list[Action]:
        """The peer has been told that it is not understood, and is still speaking."""
        return []

    def _welcome_caller(self) -> None:
        broker = self._broker
        broker.core.open_caller(self.number)
        self._on_close = lambda now, _: broker.core.close_caller(self.number, now)
        self._handle = self._from_caller
        self.send_json(
            Kind.WELCOME,
            {
                "version": wire.VERSION,
                "connection": self.number,
                "limit": self._reader.limit,
                "max_tasks": broker.max_tasks,
                "pools": broker.pool_sizes(),
            },
        )
        broker.callers[self.number] = self

    def _welcome_worker(self, hello: dict[str, Any], now: float) -> list[Action]:
        worker = self._worker(hello)
        broker = self._broker
        actions = broker.core.join(worker, now)
        self._on_close = lambda now, is_unread: broker.core.leave(self.number, now, is_unread=is_unread)
        self._handle = self._from_worker
        self.send_json(Kind.WELCOME, {"version": wire.VERSION, "limit": self._reader.limit})
        broker.workers[self.number] = self
        self._worker_pid = worker.pid
        broker.staff.joined(worker.pid)
        return actions

    def _worker(self, hello: dict[str, Any]) -> Worker:
        pool, secret = hello.get("pool"), hello.get("secret")
        slots, ahead = hello.get("slots", 1), hello.get("ahead", 0)
        peer = self._peer_pid()
        pid = self._broker.staff.process_of(peer)
        if not isinstance(pool, str) or not isinstance(secret, str):
            raise WireError("malformed HELLO")
        if not isinstance(slots, int) or not isinstance(ahead, int):
            raise WireError("malformed HELLO")
        if not 1 <= slots <= MAX_SLOTS:
            raise WireError(f"{slots} slots")
        self._sleeper = peer if hello.get("wake") is True else 0
        return Worker(self.number, pid, pool, secret, slots, hands=ahead if slots == 1 else 0)

    def _peer_pid(self) -> int:
        """The kernel's word, not the peer's: a wrong pid would get an innocent process killed."""
        assert self._transport is not None
        peer: socket.socket = self._transport.get_extra_info("socket")
        pid, _, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(pid)

    def _from_caller(self, frame: Frame, now: float) -> list[Action]:
        core = self._broker.core
        kind, id, payload = frame
        match kind:
            case wire.SPAWN:
                return core.spawn(self.number, id, wire.unpack_spawn(payload), now)
            case wire.CANCEL:
                return core.cancel(self.number, id, now)
            case wire.CREDIT:
                return core.credit(self.number, id, wire.unpack_credit(payload))
            case _:
                raise WireError(f"frame of kind {kind} from a caller")

    def _from_worker(self, frame: Frame, now: float) -> list[Action]:
        core = self._broker.core
        kind, id, payload = frame
        match kind:
            case wire.DONE:
                outcome, body = wire.unpack_outcome(payload)
                return core.done(self.number, id, outcome, body, now)
            case wire.RETURN:
                return core.returned(self.number, id, now)
            case wire.YIELD:
                return core.part(self.number, id, payload)
            case _:
                raise WireError(f"frame of kind {kind} from a worker")
