"""The server's side of a connection: which streams become requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import HandlerError
from ..http.headers import HeaderList
from . import frames
from .abuse import Abuse
from .codes import Code, ConnectionFault, StreamFault
from .fields import Malformed
from .outbox import Outbox
from .reception import Reception
from .request_head import RequestHead, request_head
from .server_stream import ServerStream
from .settings import DEFAULT_WINDOW, Setting, pack
from .stream import Stream

if TYPE_CHECKING:
    from .connection import Connection

MOST_STREAMS = 128
"""Requests at once (nginx 128, Go 250; the RFC asks for at least 100)."""

_MOST_TASKS = 2 * MOST_STREAMS
"""Answers at work, those included whose streams were cancelled and that still clean up."""

_WIDEST = 768 * 1024
"""Bytes of a stream's window at most, so that there is room for others in the connection's."""

_MOST_HEADS = 16
"""Request heads that are remembered, of a client that asks the same again."""


class ServerSession(Reception):
    """Makes a `ServerStream` of each request, which the connection answers."""

    streams: dict[int, ServerStream]  # type: ignore[assignment]

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        super().__init__(outbox, lambda: connection.server.now)
        self.limits = connection.server.limits
        self.largest_block = self.limits.header_bytes
        self.last_served: int | None = None
        """The last stream that is answered, once GOAWAY has said so."""
        self._connection = connection
        self._heads: dict[bytes, RequestHead] = {}
        self._generation = 0

    def greet(self) -> None:
        """Our half of the preface (RFC 9113 section 3.4)."""
        ours = {
            Setting.MAX_CONCURRENT_STREAMS: MOST_STREAMS,
            Setting.INITIAL_WINDOW_SIZE: self.stream_window,
            Setting.MAX_HEADER_LIST_SIZE: self.limits.header_bytes,
            Setting.ENABLE_CONNECT_PROTOCOL: 1,
        }
        self.outbox.put(pack(ours), frames.window_update(0, self.window - DEFAULT_WINDOW))

    def say_goodbye(self, last_stream: int, code: Code, words: str = "") -> None:
        """GOAWAY: streams after that one are not answered."""
        self.outbox.put(frames.goaway(last_stream, code, words.encode()))

    # What the session decides.

    def opened(self, stream: int, block: bytes, *, ended: bool) -> None:
        """See `Reception.opened`. The block is read in any case, since later ones refer to what it says."""
        if stream <= self.last_stream:
            return self._reopened(stream, block)
        if self.is_ours(stream):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "stream of even number")
        self.last_stream = stream
        try:
            head = self._head_of(block)
        except Malformed as error:
            raise StreamFault(stream, Code.PROTOCOL_ERROR, str(error)) from None
        except HandlerError as error:
            self.budget.spend(Abuse.HEADERS)
            return self._refuse(stream, error, ended=ended)
        if self.last_served is not None and stream > self.last_served:
            self.budget.spend(Abuse.IGNORED)
            return self.remember(stream, reset=True)
        if len(self.streams) >= MOST_STREAMS or self._connection.running >= _MOST_TASKS:
            self.budget.spend(Abuse.REFUSED)
            return self.reset(stream, Code.REFUSED_STREAM)
        if ended and head.length:
            raise StreamFault(stream, Code.PROTOCOL_ERROR, "less data than Content-Length")
        self.streams[stream] = begun = ServerStream(self, stream, head, ended=ended)
        return self._connection.answer(begun)

    def _reopened(self, stream: int, block: bytes) -> None:
        if not self.ended.get(stream):
            code = Code.STREAM_CLOSED if stream in self.ended else Code.PROTOCOL_ERROR
            raise ConnectionFault(code, "HEADERS on a closed stream")
        self.budget.spend(Abuse.IGNORED)
        try:
            self.fields_of(block)
        except HandlerError:
            self.budget.spend(Abuse.HEADERS)

    def _refuse(self, number: int, error: HandlerError, *, ended: bool) -> None:
        """Answer what is not worth routing."""
        stream = ServerStream(self, number, None, ended=ended)
        self.streams[number] = stream
        stream.send_headers([(b":status", b"%d" % error.status)], end=True)
        if not ended:
            stream.give_up()
            self.hang_up(stream)

    def fields_of(self, block: bytes) -> HeaderList:
        """The fields of a block; HandlerError if they are too many or too large."""
        return self.decoder.decode(
            block, bytes_at_most=self.limits.header_bytes, fields_at_most=self.limits.header_count
        )

    def _head_of(self, block: bytes) -> RequestHead:
        """The request. A block that is all references means the same as long as the table does not change."""
        if self._generation != self.decoder.generation:
            self._heads.clear()
            self._generation = self.decoder.generation
        head = self._heads.get(block)
        if head is None:
            head = request_head(self.fields_of(block), self.limits.passed)
            if self._generation == self.decoder.generation and len(self._heads) < _MOST_HEADS:
                self._heads[block] = head
        return head

    def on_fault(self, fault: ConnectionFault) -> None:
        """See `Reception.on_fault`."""
        self._connection.fail(fault)

    def on_goaway(self, last_stream: int, code: int) -> None:
        """The client asks no more."""
        self._connection.close_if_idle()

    def on_stream_over(self, stream: Stream) -> None:
        """See `Session.on_stream_over`."""
        if not self.streams:
            self._connection.rest()

    def is_ours(self, stream: int) -> bool:
        """Even ones, of which we open none."""
        return stream % 2 == 0

    def is_held_back(self) -> bool:
        """See `Session.is_held_back`."""
        return self._connection.writing_paused

    async def writable(self) -> None:
        """See `Session.writable`."""
        await self._connection.writable()

    def hang_up(self, stream: ServerStream) -> None:
        """See `Connection.hang_up`."""
        self._connection.hang_up(stream)

    def stop(self, stream: ServerStream) -> None:
        """Nobody needs more of the request."""
        if stream.id in self.streams:
            self.reset(stream.id, Code.NO_ERROR)

    @property
    def date(self) -> bytes:
        """The value of a Date header."""
        return self._connection.server.date[6:-2]

    def wind_down(self) -> None:
        """A handler wants the connection to end with its answer, and with those that are under way."""
        self._connection.close_if_idle()

    def widen(self, stream: ServerStream) -> None:
        """The reader of a body had to wait for the client, which may be far away and wait for its window.

        A larger one takes no memory as long as the reader keeps up, as it has done for a whole window by now.
        """
        if stream.received >= stream.window < _WIDEST:
            growth = min(stream.window, _WIDEST - stream.window)
            stream.window += growth
            self.acknowledge(stream, growth)

    def expect(self, stream: ServerStream, seconds: float) -> None:
        """Something must happen on the stream within that time."""
        stream.deadline = self._connection.server.now + seconds
        self._connection.read_deadline = min(self._connection.read_deadline, stream.deadline)
