"""A request on a stream: its body for the handlers, and the task that answers it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import ClientGone, HandlerError
from ..http.downstream import NEVER
from ..http.headers import HeaderList
from .codes import Code, StreamFault
from .fields import Malformed, trailers
from .request_head import RequestHead
from .stream import Stream

if TYPE_CHECKING:
    from .server_session import ServerSession


class ServerStream(Stream):
    """Implements `Body`. `head` is None for a request that is refused without being read."""

    __slots__ = (
        "_arrived",
        "_buffer",
        "_came",
        "_is_deaf",
        "deadline",
        "expects_continue",
        "head",
        "length",
        "patience",
        "received",
        "task",
        "trailers",
        "window",
    )

    session: ServerSession

    def __init__(self, session: ServerSession, number: int, head: RequestHead | None, *, ended: bool) -> None:
        super().__init__(session, number)
        self.ended_by_peer = ended
        self.head = head
        self.length = 0 if ended else None if head is None or head.protocol else head.length
        """See `Body.length`. It never changes: a request is framed by it before its body is there."""
        self.expects_continue = head is not None and head.expects_continue
        self.received = 0
        """See `Body.received`."""
        self.trailers: HeaderList = []
        self.task: asyncio.Task[None] | None = None
        self.window = session.stream_window
        """Bytes that the client may send ahead of the reader."""
        self.patience = session.limits.body_idle
        """Seconds to wait for each piece."""
        self.deadline = NEVER
        """Until when the client must have sent or taken something, while somebody waits for it."""
        self._came = 0
        """Bytes of the body that have come."""
        self._is_deaf = False
        self._buffer = bytearray()
        """What nobody has read. One buffer, since pieces of one byte each would cost us fifty."""
        self._arrived: asyncio.Future[None] | None = None

    # What the session calls.

    def on_headers(self, block: bytes) -> None:
        """The trailer."""
        if not self.ended_by_peer:
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, "second HEADERS without an end")
        try:
            self.trailers = trailers(self.session.fields_of(block))
        except (Malformed, HandlerError) as error:
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, str(error)) from None

    def on_data(self, data: bytes) -> None:
        """Keep it until somebody reads."""
        self._came += len(data)
        if self.length is not None and self._came > self.length:
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, "more data than Content-Length")
        if self._is_deaf:
            self.session.discarded(len(data))
        else:
            self._buffer += data
            self._wake()

    def on_end(self) -> None:
        """The body is whole, or should be."""
        if self.length is not None and self._came < self.length:
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, "less data than Content-Length")
        self._wake()

    def on_reset(self) -> None:
        """Nobody waits for the answer any more."""
        self.give_up()
        self._wake()
        if self.task is not None:
            self.task.cancel()

    def give_up(self) -> None:
        """Nobody reads any more: what has come and what will come gives its room to other streams."""
        self.session.discarded(len(self._buffer))
        self._buffer.clear()
        self._is_deaf = True

    def exceeds_window(self) -> bool:
        """Whether more of the body is to come than the client may send."""
        return self.length is not None and self.length - self._came > self.receive_window

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    # What handlers call.

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        size = len(self._buffer)
        if not size:
            return b""
        data = bytes(self._buffer)
        self._buffer.clear()
        self.received += size
        self.session.consumed(self, size)
        return data

    async def read(self) -> bytes:
        """See `Body.read`."""
        if self.expects_continue:
            self.expects_continue = False
            if not self.ended_by_peer:
                self.send_headers([(b":status", b"100")])
        while not self._buffer:
            if self.reset_code is not None:
                raise ClientGone("the client left before its request was complete")
            if self.ended_by_peer:
                return b""
            await self._arrival()
            self.session.widen(self)
        return self.at_hand()

    async def _arrival(self) -> None:
        self._arrived = asyncio.get_running_loop().create_future()
        self.session.expect(self, self.patience)
        try:
            await self._arrived
        finally:
            self._arrived = None
            self.deadline = NEVER

    async def _room(self) -> None:
        self.session.expect(self, self.session.limits.write_idle)
        try:
            await super()._room()
        finally:
            self.deadline = NEVER

    def overdue(self) -> None:
        """The deadline has passed: a body that is waited for gets 408, an answer that is not taken is given up."""
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_exception(HandlerError(408, "request body took too long"))
        else:
            self.session.reset(self.id, Code.CANCEL)
