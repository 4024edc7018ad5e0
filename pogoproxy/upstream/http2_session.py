"""The client's side of a connection by HTTP/2: the streams are ours to open."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..http.headers import HeaderList
from ..http2 import frames
from ..http2.abuse import Budget
from ..http2.codes import Code, ConnectionFault
from ..http2.frames import MAX_STREAM, PREFACE
from ..http2.outbox import Outbox
from ..http2.reception import Reception
from ..http2.settings import DEFAULT_WINDOW, Setting, pack
from ..http2.stream import Stream
from .carrier import LARGEST_HEAD
from .http2_stream import ClientStream, Unprocessed

if TYPE_CHECKING:
    from .http2_connection import Http2Connection

log = logging.getLogger(__name__)

_MOST_FIELDS = 1000
"""Of an answer's head, which is bounded in bytes by what HTTP/1's is."""


_TRUST = 100
"""How much more often than a client an upstream may do what costs us: it was chosen, and gRPC's servers reset the
streams that they answer early."""


class ClientSession(Reception):
    """Makes a `ClientStream` of each request."""

    window = 16 * 1024 * 1024
    """Given back at once; what waits for a client is bounded by each stream's."""
    largest_block = LARGEST_HEAD

    streams: dict[int, ClientStream]  # type: ignore[assignment]

    def __init__(self, connection: Http2Connection, outbox: Outbox, clock: Callable[[], float]) -> None:
        super().__init__(outbox, clock)
        self.budget = Budget(clock, times=_TRUST)
        self._connection = connection
        self._next = 1

    def greet(self) -> None:
        """Our half of the preface; nothing may be pushed."""
        ours = {
            Setting.ENABLE_PUSH: 0,
            Setting.INITIAL_WINDOW_SIZE: self.stream_window,
            Setting.MAX_HEADER_LIST_SIZE: self.largest_block,
        }
        self.outbox.put(PREFACE, pack(ours), frames.window_update(0, self.window - DEFAULT_WINDOW))

    def open(self) -> ClientStream:
        """A new stream."""
        stream = self.streams[self._next] = ClientStream(self, self._next)
        self._next += 2
        return stream

    def has_numbers(self) -> bool:
        """Whether there are streams left to open."""
        return self._next <= MAX_STREAM

    def fields_of(self, block: bytes) -> HeaderList:
        """The fields of a block; HandlerError if they are too many or too large."""
        return self.decoder.decode(block, bytes_at_most=self.largest_block, fields_at_most=_MOST_FIELDS)

    # What the session decides.

    def opened(self, stream: int, block: bytes, *, ended: bool) -> None:
        """HEADERS on a stream that we have cancelled, or never opened."""
        if not self.ended.get(stream):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "HEADERS on a stream that is not open")
        self.fields_of(block)

    def on_fault(self, fault: ConnectionFault) -> None:
        """See `Reception.on_fault`."""
        log.warning("upstream broke HTTP/2 code=%s reason=%s", fault.code.name, fault)
        self.outbox.put(frames.goaway(0, fault.code))
        self._connection.close()
        self.lose()

    def on_goaway(self, last_stream: int, code: int) -> None:
        """What it has not looked at may be sent elsewhere."""
        self._connection.retire()
        for stream in tuple(self.streams.values()):
            if stream.id > last_stream:
                stream.answer.fail(Unprocessed("upstream is going away"))
                self._close(stream, Code.REFUSED_STREAM)

    def on_stream_over(self, stream: Stream) -> None:
        """See `Session.on_stream_over`."""
        if not self.streams:
            self._connection.rest()

    def is_ours(self, stream: int) -> bool:
        """Odd ones; those that we have opened are not idle."""
        return stream % 2 == 1 and stream >= self._next

    def is_held_back(self) -> bool:
        """See `Session.is_held_back`."""
        return self._connection.is_held_back

    async def writable(self) -> None:
        """See `Session.writable`."""
        await self._connection.writable()
