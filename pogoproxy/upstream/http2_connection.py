"""A connection to an upstream that carries many requests at once, by HTTP/2."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from ..http2.frames import Kind, frame
from ..http2.outbox import Outbox
from .http2_session import ClientSession
from .http2_stream import ClientStream

PROBE = 15.0
"""Seconds without a byte, while answers are due, until a PING asks whether the upstream is still there; and as many
until it is given up. Requests on a connection that leads nowhere would wait for as long as TCP tries."""


class Http2Connection(asyncio.Protocol):
    """Made by `Http2Leg`. It closes itself when it was idle for `idle` seconds, or gives no sign of life."""

    def __init__(self, idle: float, gone: Callable[[Http2Connection], None], probe: float = PROBE) -> None:
        self.is_held_back = False
        self._idle = idle
        self._probe = probe
        self._prober: asyncio.TimerHandle | None = None
        self._heard = True
        self._asked = False
        self._gone = gone
        self._is_retired = False
        self._transport: asyncio.Transport | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._timer: asyncio.TimerHandle | None = None

    # What the leg calls.

    def has_room(self) -> bool:
        """Whether another request may be sent on it."""
        session = self._session
        is_open = self._transport is not None and not self._transport.is_closing() and not session.is_over
        has_numbers = session.has_numbers() and not self._is_retired
        return is_open and has_numbers and len(session.streams) < session.peer.max_concurrent_streams

    def open(self) -> ClientStream:
        """A stream for one request."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._prober is None:
            self._heard, self._asked = True, False
            self._prober = asyncio.get_running_loop().call_later(self._probe, self._check_life)
        return self._session.open()

    def _check_life(self) -> None:
        self._prober = None
        if self._transport is None or not self._session.streams:
            return
        if not self._heard and self._asked:
            self._transport.abort()
            return
        self._asked = not self._heard
        if self._asked:
            self._outbox.put(frame(Kind.PING, 0, 0, bytes(8)))
        self._heard = False
        self._prober = asyncio.get_running_loop().call_later(self._probe, self._check_life)

    def close(self) -> None:
        """End; what is under way breaks off."""
        if self._transport is not None:
            self._outbox.flush()
            self._transport.close()

    def retire(self) -> None:
        """Open no more streams; when there are none, end."""
        self._is_retired = True
        self._gone(self)
        if not self._session.streams:
            self.close()

    # What the session calls.

    def rest(self) -> None:
        """No request is under way."""
        if self._is_retired or not self._idle:
            self.close()
        else:
            self._timer = asyncio.get_running_loop().call_later(self._idle, self.retire)

    async def writable(self) -> None:
        """Wait until the upstream has taken enough; ConnectionError if it has closed."""
        if self.is_held_back:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Dialed."""
        loop = asyncio.get_running_loop()
        self._transport = cast(asyncio.Transport, transport)
        self._outbox = Outbox(self._transport, loop)
        self._session = ClientSession(self, self._outbox, loop.time)
        self._session.greet()

    def data_received(self, data: bytes) -> None:
        """Parse."""
        self._heard = True
        self._session.receive(data)

    def pause_writing(self) -> None:
        """The upstream takes less than it is sent."""
        self.is_held_back = True

    def resume_writing(self) -> None:
        """The upstream has caught up."""
        self.is_held_back = False
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self._transport = None
        self._is_retired = True
        self._gone(self)
        for timer in (self._timer, self._prober):
            if timer is not None:
                timer.cancel()
        self._session.lose()
        self.resume_writing()
