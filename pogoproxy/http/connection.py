"""One downstream HTTP/1 connection: requests in, in order, one answer each.

A connection has one task, which waits for a request, answers it, and waits again. The task is cancelled when the
client leaves, so that whatever it waits for (an upstream, a job) learns of it at once.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp.streams import StreamReader

from ..errors import ClientGone, HandlerError
from .connection_state import CLOSED, CUT, FRESH, HEAD, IDLE, LINGERING, SERVING, SWITCHED, After
from .conversation import converse
from .downstream import NEVER
from .intake import Intake
from .response import CONTINUE

if TYPE_CHECKING:
    from .server import Server

_LINGER = 2.0
"""Seconds for which a refused client may go on sending. Closing at once would reset the connection, and the reset
may overtake our answer (RFC 9112 section 9.6; nginx waits up to 30 s, Go half a second)."""

_HALF_CLOSED = 0.05
"""Seconds that an answer may still take after the client's end of stream. A client that left and one that merely has
no more requests look alike; those who wait for an upstream must learn soon that nobody listens."""

_SILENT = (FRESH, LINGERING, SWITCHED)
"""States in which there is nothing to say to a client that is late."""


class Connection(Intake):
    """An `asyncio.Protocol`; the server makes one for each accepted socket."""

    __slots__ = ("_task",)

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._task: asyncio.Task[None] | None = None

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to serve."""
        super().connection_made(transport)
        if self.is_surplus():
            self._refuse_next(HandlerError(503, "too many connections"))
        self._task = self._loop.create_task(converse(self))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever works for this client that it has left."""
        super().connection_lost(exc)
        switched = self.state is SWITCHED
        self._move(CLOSED)
        if self._stream is not None:
            self._stream.feed_eof()
        if self._payload is not None and not self._payload.is_eof():
            self._payload.set_exception(ClientGone("the client left before its request was complete"))
        # A tunnel ends by itself, since what the client sent before it left must still reach the other side.
        if self._task is not None and not switched:
            self._task.cancel()
        if self._task is None or self._task.done():
            self._let_go()

    def eof_received(self) -> bool:
        """Give an answer that is nearly done its chance; see `_HALF_CLOSED`."""
        if self._stream is not None:
            self._stream.feed_eof()
            return True
        if self.state is not SERVING and not self._queue:
            return False
        self._last = True
        self._loop.call_later(_HALF_CLOSED, self._abandon)
        return True

    def _abandon(self) -> None:
        if self.state is SERVING and self._task is not None:
            self._task.cancel()

    # What the conversation calls.

    def end(self, after: After) -> None:
        """Close as the last answer needs it."""
        transport = self.transport
        if transport is None:
            return self._let_go()
        self.write_deadline = self.server.now + self.server.limits.write_idle
        if after is CUT:
            self.reset()
        elif self.state is SERVING and transport.can_write_eof() and self._is_owed_input():
            self._linger(transport)
        else:
            transport.close()
        return None

    def _let_go(self) -> None:
        """Of what refers back to this: else a closed connection would stay, with all its TLS, until the collector comes
        by."""
        self._parser = self._task = None

    def _linger(self, transport: asyncio.Transport) -> None:
        self._move(LINGERING)
        self._deaf = True
        self.read_deadline = self.server.now + _LINGER
        transport.write_eof()
        self._resume_transport_reading()

    # What the request's body, the response and the server call.

    def send_continue(self) -> None:
        """Ask the client for the body it announced."""
        self.send(CONTINUE)

    async def read_body(self, payload: StreamReader) -> bytes:
        """The next piece of a request's body, within the limit for idle clients."""
        self.read_deadline = self.server.now + self.server.limits.body_idle
        try:
            return await payload.readany()
        except RuntimeError:
            raise ClientGone("the client left before its request was complete") from None
        finally:
            self.read_deadline = NEVER

    def retire(self) -> None:
        """Close after the present answer, or after the next one.

        A client whose connection was just accepted has its first request under way, and cannot know that it may
        send it again: it has a moment for it.
        """
        self._last = True
        if self.state is FRESH:
            self.hurry()

    def close_if_idle(self) -> None:
        """See `Downstream.close_if_idle`."""
        if self.state is IDLE and not self._queue and self.transport is not None:
            self.transport.close()

    def is_fresh(self) -> bool:
        """See `Downstream.is_fresh`."""
        return self.state is FRESH

    def expire(self) -> None:
        """See `Downstream.expire`."""
        if self.write_deadline <= self.server.now or self.state in _SILENT:
            self.cut()
        elif self.state is HEAD:
            self._refuse_next(HandlerError(408, "request head took too long"))
        elif self.state is SERVING and self._payload is not None:
            self._payload.set_exception(HandlerError(408, "request body took too long"))
            self.read_deadline = NEVER
        else:
            self.retire()
            self.close_if_idle()
