"""One request to an upstream on an HTTP/2 stream, and the answer that comes of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..errors import HandlerError, UpstreamProtocolError
from ..http.body import Body, BytesBody
from ..http.headers import HeaderList
from ..http.response import has_no_body
from ..http2.codes import Code, StreamFault
from ..http2.fields import Malformed, check_field, length_of, outgoing, trailers
from ..http2.stream import Stream
from .answer import HIGH_WATER, Answer
from .carrier import ClosedUnanswered
from .leg import Request

if TYPE_CHECKING:
    from .http2_session import ClientSession


class Unprocessed(ClosedUnanswered):
    """The upstream has not looked at the request, and says so: any request may be sent again (RFC 9113 section 8.7)."""


class ClientStream(Stream):
    """Fills an `Answer`. It takes the request's body as a connection of HTTP/1 does."""

    __slots__ = ("_body", "_held", "_is_bodiless", "_received", "answer")

    session: ClientSession

    def __init__(self, session: ClientSession, number: int) -> None:
        super().__init__(session, number)
        self.answer = Answer(self, asyncio.get_running_loop())
        self.answer.is_http2 = True
        self._body: Body = BytesBody()
        self._is_bodiless = False
        self._received = 0
        self._held = 0
        """Bytes that came while enough waited for the reader; the upstream may not send as many more yet."""

    def begin(self, request: Request, scheme: str, *, end: bool) -> None:
        """Send the head."""
        self._body = request.body
        self._is_bodiless = request.method == "HEAD"
        self.send_headers(request_fields(request, scheme), end=end)

    # What the session calls.

    def on_headers(self, block: bytes) -> None:
        """A 1xx answer, the answer's head, or its trailer."""
        try:
            fields = self.session.fields_of(block)
            if self.answer.status:
                self.answer.trailers = trailers(fields)
            else:
                self._take_head(fields)
        except (Malformed, HandlerError) as error:
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, str(error)) from None
        self.answer.notify()

    def _take_head(self, fields: HeaderList) -> None:
        status = _status(fields)
        regular = fields[1:]
        for name, value in regular:
            check_field(name, value)
        if status < 200:
            if status != 100:
                self.answer.informed.append((status, regular))
            return
        length_of([value for name, value in regular if name == b"content-length"])
        self.answer.take_head(status, regular)
        self._is_bodiless = self._is_bodiless or has_no_body(status)

    def on_data(self, data: bytes) -> None:
        """Pass it on, and give its place back as far as the reader keeps up.

        The connection's window is always given back: one client that does not read must not stop the others.
        """
        self.session.discarded(len(data))
        answer = self.answer
        self._received += len(data)
        if not answer.status or (answer.length is not None and self._received > answer.length):
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, "data before the head, or beyond its length")
        answer.pieces.append(data)
        answer.waiting += len(data)
        answer.received += len(data)
        if answer.waiting > HIGH_WATER:
            self._held += len(data)
        else:
            self.session.acknowledge(self, len(data))
        answer.notify()

    def resume(self) -> None:
        """See `Bearer.resume`."""
        held, self._held = self._held, 0
        if self.id in self.session.streams:
            self.session.acknowledge(self, held)

    def on_end(self) -> None:
        """The answer is complete."""
        answer = self.answer
        if not answer.status or (answer.length not in (None, self._received) and not self._is_bodiless):
            raise StreamFault(self.id, Code.PROTOCOL_ERROR, "ends before its head, or short of its length")
        answer.complete = True
        answer.notify()

    def on_reset(self) -> None:
        """There will be no more."""
        if self.reset_code == Code.REFUSED_STREAM and not self.answer.status:
            self.answer.fail(Unprocessed("upstream refused the stream"))
        elif not self.answer.status and self.session.is_over:
            self.answer.fail(ClosedUnanswered("upstream closed the connection before it answered"))
        else:
            self.answer.fail(UpstreamProtocolError(f"upstream stream ended with code {self.reset_code}"))

    # What the leg calls.

    async def write(self, data: bytes, *, chunked: bool) -> None:
        """Send a piece of the body; ConnectionError if the stream is over."""
        await self.send(data)

    def sent(self, *, chunked: bool) -> None:
        """The request's body is complete; its trailers follow."""
        fields = outgoing(self._body.trailers)
        if fields:
            self.send_headers(fields, end=True)
        else:
            self.send_end()

    def abort(self) -> None:
        """Nobody waits for the answer any more, or the request will not be complete."""
        if self.id in self.session.streams:
            self.session.reset(self.id, Code.CANCEL)


def _status(fields: HeaderList) -> int:
    """The one pseudo field of an answer (RFC 9113 section 8.3.2)."""
    name, value = fields[0] if fields else (b"", b"")
    if name != b":status" or len(value) != 3 or not value.isdigit() or value == b"101" or value < b"100":
        raise Malformed("no valid :status")
    return int(value)


def request_fields(request: Request, scheme: str) -> HeaderList:
    """A request's head in HTTP/2's form."""
    fields = outgoing(request.fields)
    host = next((value for name, value in fields if name == b"host"), b"")
    head = [(b":method", request.method.encode()), (b":scheme", scheme.encode()), (b":path", request.uri.encode())]
    if host:
        head.append((b":authority", host))
    head += [pair for pair in fields if pair[0] not in (b"host", b"content-length")]
    length = request.body.length
    if length or (length == 0 and request.method in ("POST", "PUT", "PATCH")):
        head.append((b"content-length", b"%d" % length))
    return head
