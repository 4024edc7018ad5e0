"""What a client sends on an HTTP/1 connection, cut into requests, which wait here for their turn.

aiohttp's C parser is driven directly, and not through `aiohttp.web.Server`. That costs about the same, but leaves a
proxy no say in 1xx answers, in raw upgrades, in when a head goes out and with what, and in how an answer that broke off
must end (docs/design.md).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from ..errors import HandlerError
from .connection_state import FRESH, HEAD, IDLE, MOVES, SERVING, SWITCHED, State
from .downstream import NEVER, Downstream
from .request import refusal_of
from .request_head import RequestHead, request_head
from .stream import RawStream

if TYPE_CHECKING:
    from .server import Server

_READ_LIMIT = 32 * 1024
"""Bytes of a body that wait for its reader before the parser and the transport pause (twice this at most)."""

_REMEMBERED = 2048
"""Bytes of a head that is worth remembering."""

_PIPELINED = 2
"""Requests in flight: the one that is answered and one that waits; then reading pauses."""

Item = tuple[RequestHead, StreamReader] | HandlerError
"""A request, or the refusal of what came instead of one."""


class Intake(Downstream):
    """The half of a `Connection` that takes what arrives; its other half answers, and begins and ends it."""

    __slots__ = (
        "_arrived",
        "_deaf",
        "_early",
        "_head_size",
        "_is_between",
        "_is_known",
        "_last",
        "_payload",
        "_queue",
        "_stream",
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
        self._last = False
        """No request will be taken after the present one."""
        self._is_between = True
        """The parser is known to have nothing of the next message yet."""
        self._is_known = False
        """The request under way has not come through the parser."""
        self._deaf = False
        """What arrives is thrown away: where the next message begins is no longer known, or of no interest."""

    def _move(self, to: State) -> None:
        assert to in MOVES[self.state], f"{self.state} to {to}"
        self.state = to

    # What the event loop calls.

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, and wake the task for each head that is complete."""
        # While a request is awaited, nothing of what is asked below is so.
        if self._arrived is not None and self._is_between and (head := self.server.heads.get(data)) is not None:
            self._is_known = True
            self._queue.append((head, EMPTY_PAYLOAD))
            self._wake()
        elif self._stream is not None:
            self._stream.feed(data)
        elif self._deaf:
            return
        elif self._upgraded:
            self._keep_early(data)
        else:
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        was_between, self._is_between = self._is_between, False
        try:
            messages, self._upgraded, early = self._parser.feed_data(data)
        except HttpProcessingError as wrong:
            return self._malformed(wrong)
        if messages:
            self._payload = messages[-1][1]
            self._queue.extend([self._item(*message) for message in messages])
            self._wake()
            if early:
                self._keep_early(early)
            if self.state is SERVING or len(self._queue) > 1:
                self._pause_reading_for_buffer()
            elif _is_end_of_head(data) and self._payload is EMPTY_PAYLOAD:
                self._is_between = True
                if was_between:
                    self._remember(data)
        elif data and self.state is not SERVING and not self._queue:
            self._head_continues(len(data))
        return None

    def _item(self, message: RawRequestMessage, payload: StreamReader) -> Item:
        try:
            return request_head(message, self.server.limits.passed, has_body=payload is not EMPTY_PAYLOAD), payload
        except HandlerError as refusal:
            return refusal

    def _remember(self, data: bytes) -> None:
        """Know this head when it comes again: the same bytes say the same."""
        item = self._queue[-1]
        if len(data) <= _REMEMBERED and isinstance(item, tuple) and item[0].keep_alive:
            self.server.remember(data, item[0])

    def _wake(self) -> None:
        arrived, self._arrived = self._arrived, None
        if arrived is not None and not arrived.done():
            arrived.set_result(None)

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
        self._move(SERVING)
        self.read_deadline = NEVER
        return self._queue.popleft()

    def answered(self) -> None:
        """The request is over, and another may come."""
        if self._is_known:
            self._is_known = False
        else:
            self._parser.message_consumed()

    def _catch_up(self) -> None:
        """Go on with what was read while the queue was full."""
        if not self._deaf:
            self._parse(b"")
        if len(self._queue) < _PIPELINED:
            self._resume_reading_for_buffer()

    def is_last(self) -> bool:
        """Whether the present answer must say that the connection closes."""
        return self._last

    def _is_owed_input(self) -> bool:
        """Whether the client may still be sending what nobody will read."""
        return self._deaf or (self._payload is not None and not self._payload.is_eof())

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


def _is_end_of_head(data: bytes) -> bool:
    """Whether a head that ends in the data ends with it; what begins with a line end may have ended one before."""
    return data[:1] > b"\r" and data.find(b"\r\n\r\n") + 4 == len(data)
