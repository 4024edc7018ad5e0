"""The answer to one HTTP/2 request."""

from __future__ import annotations

import time

from ..errors import ClientGone, HandlerError
from ..http.front_writer import Phase
from ..http.headers import HeaderList
from ..http.response import has_no_body
from ..http.stream import Stream
from ..http.writer import RespondsInSteps
from .fields import outgoing
from .server_stream import ServerStream
from .tunnel import Tunnel

_STATUSES = {status: (b":status", b"%d" % status) for status in range(100, 600)}
_CLOSE = (b"connection", b"close")


class Response(RespondsInSteps):
    """The `FrontWriter` of one exchange on a stream."""

    __slots__ = ("_bodiless", "_extra", "_head", "_left", "_stream", "began", "headers", "phase", "sent", "status")

    def __init__(self, stream: ServerStream, extra: HeaderList, *, is_head: bool) -> None:
        self._stream = stream
        self._extra = extra
        self._bodiless = is_head
        self._head: HeaderList = []
        self._left: int | None = None
        self.phase = Phase.WAITING
        self.headers: HeaderList = []
        self.began = 0.0
        self.status = 0
        self.sent = 0

    async def inform(self, status: int, headers: HeaderList) -> None:
        """See `Writer.inform`; 101 has no meaning here (RFC 9113 section 8.6)."""
        if self.phase is Phase.WAITING and status != 101:
            self._send_headers([(b":status", b"%d" % status), *outgoing(headers)], end=False)

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        if self.phase is not Phase.WAITING:
            raise HandlerError(500, f"answer started twice: status {status} after {self.status}")
        self.phase = Phase.HELD
        self.began = time.monotonic()
        self.status = status
        self.headers = self._extra + headers
        fields = outgoing(self.headers)
        if not any(name == b"date" for name, _ in fields):
            fields.append((b"date", self._stream.session.date))
        if has_no_body(status):
            self._bodiless = True
            # A 304 may tell the length that a 200 would have had; a 204 must not (RFC 9110 section 8.6).
            length = length if status == 304 and length else None
        if length is not None:
            fields.append((b"content-length", b"%d" % length))
        self._left = 0 if self._bodiless else length
        self._head = [_STATUSES.get(status) or (b":status", b"%d" % status), *fields]
        if any(name.lower() == _CLOSE[0] and value.lower() == _CLOSE[1] for name, value in headers):
            self._stream.session.wind_down()

    def withdraw(self) -> None:
        """See `FrontWriter.withdraw`."""
        if self.phase is Phase.HELD and self._head:
            self.phase = Phase.WAITING
            self._head = []

    async def write(self, data: bytes) -> None:
        """See `Writer.write`; the last piece of an announced length ends the stream."""
        if not data:
            return
        if self.phase is Phase.HELD:
            self.phase = Phase.STREAMING
        elif self.phase is not Phase.STREAMING:
            raise HandlerError(500, f"body written in phase {self.phase.name.lower()}")
        if self._bodiless:
            return
        await self.flush()
        self.sent += len(data)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise HandlerError(500, "answer is longer than its Content-Length")
        try:
            await self._stream.send(data, end=self._left == 0)
        except ConnectionError:
            raise _gone() from None

    async def flush(self) -> None:
        """See `Writer.flush`."""
        if self._head:
            head, self._head = self._head, []
            self._send_headers(head, end=False)

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """See `Writer.finish`. After a body of announced length there is no room for trailers, as in HTTP/1."""
        if self.phase not in (Phase.HELD, Phase.STREAMING):
            raise HandlerError(500, f"answer finished in phase {self.phase.name.lower()}")
        if self._left:
            raise HandlerError(502, f"answer ends {self._left} bytes short of its Content-Length")
        self.phase = Phase.FINISHED
        last = outgoing(trailers) if trailers and not self._bodiless else []
        if self._head:
            head, self._head = self._head, []
            self._send_headers(head, end=not last)
        if last:
            self._send_headers(last, end=True)
        elif not self._stream.ended_by_us:
            self._stream.send_end()

    def _send_headers(self, fields: HeaderList, *, end: bool) -> None:
        try:
            self._stream.send_headers(fields, end=end)
        except ConnectionError:
            raise _gone() from None

    async def switch(self, headers: HeaderList) -> Stream:
        """See `Writer.switch`: what is 101 in HTTP/1 is 200 here (RFC 8441 section 5)."""
        head = self._stream.head
        if self.phase is not Phase.WAITING or head is None or not head.protocol:
            raise HandlerError(502, "protocol switched without being asked, or after the answer started")
        self.phase = Phase.SWITCHED
        self.status = 101
        kept = [pair for pair in outgoing(headers) if pair[0] != b"sec-websocket-accept"]
        self._send_headers([_STATUSES[200], *kept], end=False)
        return Tunnel(self._stream)


def _gone() -> ClientGone:
    return ClientGone("the client left before its answer was complete")
