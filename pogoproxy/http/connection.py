"""One downstream HTTP/1 connection: requests in, in order, one answer each.

aiohttp's C parser is driven directly, and not through `aiohttp.web.Server`. That costs about the same, but leaves a
proxy no say in 1xx answers, in raw upgrades, in when a head goes out and with what, and in how an answer that broke off
must end (docs/design.md).

A connection has one task, which waits for a request, answers it, and waits again. The task is cancelled when the
client leaves, so that whatever it waits for (an upstream, a job) learns of it at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, RawRequestMessage
from aiohttp.streams import StreamReader

from ..errors import ClientGone, HandlerError
from .connection_state import CLOSED, CUT, FRESH, HEAD, IDLE, LINGERING, MOVES, SERVING, SWITCHED, After, State
from .conversation import converse
from .downstream import NEVER, Downstream
from .request import refusal_of
from .response import CONTINUE
from .stream import RawStream

if TYPE_CHECKING:
    from .server import Server

_READ_LIMIT = 32 * 1024
"""Bytes of a body that wait for its reader before the parser and the transport pause (twice this at most)."""

_PIPELINED = 2
"""Requests in flight: the one that is answered and one that waits; then reading pauses."""

_LINGER = 2.0
"""Seconds for which a refused client may go on sending. Closing at once would reset the connection, and the reset
may overtake our answer (RFC 9112 section 9.6; nginx waits up to 30 s, Go half a second)."""

_HALF_CLOSED = 0.05
"""Seconds that an answer may still take after the client's end of stream. A client that left and one that merely has
no more requests look alike; those who wait for an upstream must learn soon that nobody listens."""

_SILENT = (FRESH, LINGERING, SWITCHED)
"""States in which there is nothing to say to a client that is late."""

Item = tuple[RawRequestMessage, StreamReader] | HandlerError
"""A request, or the refusal of what came instead of one."""


class Connection(Downstream):
    """An `asyncio.Protocol`; the server makes one for each accepted socket."""

    __slots__ = (
        "_arrived",
        "_deaf",
        "_early",
        "_head_size",
        "_last",
        "_payload",
        "_queue",
        "_stream",
        "_task",
        "state",
    )

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        limits = server.limits
        self._parser: Any = HttpRequestParser(
            self,
            server.loop,
            _READ_LIMIT,
            max_line_size=limits.request_line,
            max_headers=limits.header_count,
            max_field_size=limits.header_bytes,
            auto_decompress=False,
            max_msg_queue_size=_PIPELINED,
        )
        self.state = FRESH
        self._queue: deque[Item] = deque()
        self._arrived: asyncio.Future[None] | None = None
        self._payload: StreamReader | None = None
        self._head_size = 0
        self._early = b""
        self._stream: RawStream | None = None
        self._task: asyncio.Task[None] | None = None
        self._last = False
        """No request will be taken after the present one."""
        self._deaf = False
        """What arrives is thrown away: where the next message begins is no longer known, or of no interest."""

    def _move(self, to: State) -> None:
        assert to in MOVES[self.state], f"{self.state} to {to}"
        self.state = to

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

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and wake the task for each head that is complete."""
        if self._stream is not None:
            self._stream.feed(data)
        elif self._deaf:
            return
        elif self._upgraded:
            self._keep_early(data)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        try:
            messages, self._upgraded, early = self._parser.feed_data(data)
        except HttpProcessingError as wrong:
            return self._malformed(wrong)
        if messages:
            self._payload = messages[-1][1]
            self._queue.extend(messages)
            self._wake()
            if early:
                self._keep_early(early)
            if self.state is SERVING or len(self._queue) > 1:
                self._pause_reading_for_buffer()
        elif data and self.state is not SERVING and not self._queue:
            self._head_continues(len(data))
        return None

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    def _keep_early(self, data: bytes) -> None:
        """Bytes of the new protocol that came before we answered 101."""
        self._early += data
        if len(self._early) > _READ_LIMIT:
            self._pause_reading_for_buffer()

    def _head_continues(self, size: int) -> None:
        """Bound what a head may hold and how long it may take, against clients that send it drop by drop."""
        if self.state is not HEAD:
            self._move(HEAD)
            self._head_size = 0
            self.read_deadline = self.server.now + self.server.limits.read_header
        self._head_size += size
        if self._head_size > self.server.limits.header_bytes:
            self._refuse_next(HandlerError(431, "request head too large"))

    def _malformed(self, wrong: HttpProcessingError) -> None:
        error = refusal_of(wrong, self.server.limits.request_line)
        if self._payload is None or self._payload.is_eof():
            return self._refuse_next(error)
        self._deaf = self._last = True
        self._payload.set_exception(error)
        return None

    def _refuse_next(self, error: HandlerError) -> None:
        """Answer so once the requests before are answered; nothing after them begins at a place we can trust."""
        self._deaf = self._last = True
        self._queue.append(error)
        self._wake()

    # What the conversation calls.

    async def next(self) -> Item | None:
        """The next request, or None if there will be none."""
        if self._buffer_paused:
            self._catch_up()
        if not self._queue:
            if self._last:
                return None
            if self.state is SERVING:
                self._move(IDLE)
                self.read_deadline = self.server.now + self.server.limits.idle
            self._arrived = self._loop.create_future()
            await self._arrived
            self._arrived = None
        self._move(SERVING)
        self.read_deadline = NEVER
        return self._queue.popleft()

    def answered(self) -> None:
        """The request is over, and another may come."""
        self._parser.message_consumed()

    def _catch_up(self) -> None:
        """Go on with what was read while the queue was full."""
        if not self._deaf:
            self._parse(b"")
        if len(self._queue) < _PIPELINED:
            self._resume_reading_for_buffer()

    def end(self, after: After) -> None:
        """Close as the last answer needs it."""
        transport = self.transport
        if transport is None:
            return
        self.write_deadline = self.server.now + self.server.limits.write_idle
        if after is CUT:
            self.reset()
        elif self.state is SERVING and transport.can_write_eof() and self._is_owed_input():
            self._linger(transport)
        else:
            transport.close()

    def _is_owed_input(self) -> bool:
        """Whether the client may still be sending what nobody will read."""
        return self._deaf or (self._payload is not None and not self._payload.is_eof())

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

    def is_last(self) -> bool:
        """Whether the present answer must say that the connection closes."""
        return self._last

    def switch(self) -> RawStream:
        """Leave HTTP: what arrives from now on, and what arrived early, belongs to the new protocol."""
        assert self.transport is not None
        self._move(SWITCHED)
        self._stream = RawStream(self.transport, self.writable)
        if self._early:
            self._stream.feed(self._early)
            self._early = b""
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        return self._stream

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
