"""One HTTP/1.1 connection to an upstream: a request out, its answer in, then the next.

httptools (llhttp) parses. Once a head has told the length of a long body, the rest of it bypasses the parser.
The connection goes back to its pool by itself as soon as the answer is complete and the request was sent whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools

from ..errors import UpstreamProtocolError
from ..http.exchange import HeaderList
from ..http.response import has_no_body
from ..http.stream import RawStream
from .answer import HIGH_WATER, Answer

LARGEST_HEAD = 256 * 1024
"""Bytes of an answer's head (nginx 4 to 32 KiB, HAProxy 16 KiB, Go 10 MiB)."""


class ClosedUnanswered(UpstreamProtocolError):
    """The connection ended before the first byte of an answer. Only then may a request be sent again, if at all."""


class UpstreamConnection(asyncio.Protocol):
    """Made by `leg.dial`; `is_usable` says whether `begin` may be called."""

    def __init__(
        self, release: Callable[[UpstreamConnection], None], gone: Callable[[UpstreamConnection], None]
    ) -> None:
        self.transport: asyncio.Transport | None = None
        self.idle_since = 0.0
        self.reused = False
        self._release = release
        self._gone = gone
        self._answer: Answer | None = None
        self._parser: Any = None
        self._fields: HeaderList = []
        self._to_head = False
        self._may_switch = False
        self._sent = False
        self._heard = 0
        """Bytes since the request began; 0 is what makes a replay safe."""
        self._left = 0
        """Bytes of the body that still come past the parser."""
        self._until_eof = False
        self._stray = False
        """Bytes came that no request asked for: what follows on this connection cannot be attributed."""
        self._stream: RawStream | None = None
        self._writable: asyncio.Future[None] | None = None
        self._paused = False

    # Sending.

    def is_usable(self) -> bool:
        """See `Pooled.is_usable`."""
        return self.transport is not None and not self.transport.is_closing() and not self._stray

    def begin(self, head: bytes, *, to_head: bool, may_switch: bool, whole: bool) -> Answer:
        """Send a request's head, with its body if it is at hand; the answer will fill itself.

        If the request is not `whole`, `write` and `sent` must follow.
        """
        assert self.transport is not None
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        answer = self._answer = Answer(self._resume, self.abort)
        self._to_head = to_head
        self._may_switch = may_switch
        self._sent = whole
        self._heard = 0
        self._until_eof = False
        self.transport.write(head)
        return answer

    async def write(self, data: bytes, *, chunked: bool) -> None:
        """Send a piece of the body; ConnectionError if the upstream has closed."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the upstream has closed")
        if chunked:
            self.transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))
        else:
            self.transport.write(data)
        await self.writable()

    def sent(self, *, chunked: bool) -> None:
        """The request's body is complete."""
        if chunked and self.transport is not None:
            self.transport.write(b"0\r\n\r\n")
        self._sent = True
        if self._answer is not None and self._answer.complete:
            self._finish()

    async def writable(self) -> None:
        """Wait until the upstream has taken enough; ConnectionError if it has closed."""
        if self._paused:
            self._writable = asyncio.get_running_loop().create_future()
            await self._writable

    def abort(self) -> None:
        """End at once."""
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """End an idle connection."""
        if self.transport is not None:
            self.transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Dialed."""
        self.transport = cast(asyncio.Transport, transport)

    def pause_writing(self) -> None:
        """The upstream takes less than it is sent."""
        self._paused = True

    def resume_writing(self) -> None:
        """The upstream has caught up."""
        self._paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def data_received(self, data: bytes) -> None:
        """Parse, or pass the body on."""
        answer = self._answer
        if self._stream is not None:
            return self._stream.feed(data)
        if answer is None:
            self._stray = True
            return self.abort()
        self._heard += len(data)
        if self._left:
            return self._bypass(answer, data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if answer.status == 101:
                self._switch(answer, data[upgrade.args[0] :])
        except httptools.HttpParserError as wrong:
            self._broken(answer, wrong)
        else:
            self._parsed(answer)
        return None

    def _parsed(self, answer: Answer) -> None:
        if answer.complete:
            return
        if not answer.status:
            if self._heard > LARGEST_HEAD:
                self._broken(answer, ValueError("head too large"))
        elif answer.length is not None:
            self._left = answer.length - answer.received
            self._parser = None

    def eof_received(self) -> bool:
        """The upstream sends no more."""
        if self._stream is not None:
            self._stream.feed_eof()
            return True
        if self._until_eof and self._answer is not None:
            self._complete(self._answer)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.transport = None
        self._gone(self)
        if self._stream is not None:
            self._stream.feed_eof()
        if self._writable is not None and not self._writable.done():
            self._writable.set_exception(ConnectionResetError("the upstream has closed"))
        if self._answer is not None:
            self._answer.fail(self._why(exc))

    def _why(self, exc: Exception | None) -> UpstreamProtocolError:
        how = "reset" if isinstance(exc, ConnectionResetError) else "closed"
        if not self._heard:
            return ClosedUnanswered(f"upstream {how} the connection before it answered")
        return UpstreamProtocolError(f"upstream {how} the connection in the middle of its answer")

    # What the parser calls.

    def on_message_begin(self) -> None:
        """A head begins; after a complete answer none is due."""
        if self._answer is None or self._answer.complete:
            self._stray = True
            self.abort()
        self._fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head, or of the trailer."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        answer, parser = self._answer, self._parser
        if answer is None or answer.complete:
            return None
        status = parser.get_status_code()
        fields, self._fields = self._fields, []
        if status < 200 and status != 101:
            # 100 is for us: the body is sent without asking, since the client was told to go on by ourselves.
            if status != 100:
                answer.informed.append((status, fields))
                answer.notify()
            return None
        if status == 101:
            return self._check_switch(answer, fields)
        answer.take_head(status, fields)
        answer.keep_alive = parser.should_keep_alive()
        if self._to_head or has_no_body(status):
            self._complete(answer)
            # The parser may wait for a body that a length announced; the next answer gets a fresh one.
            self._parser = None
            return None
        self._until_eof = answer.length is None and not any(
            name.lower() == b"transfer-encoding" and b"chunked" in value.lower() for name, value in fields
        )
        answer.notify()
        return None

    def on_body(self, data: bytes) -> None:
        """A piece of the body."""
        answer = self._answer
        if answer is not None and not answer.complete:
            self._take(answer, data)

    def on_message_complete(self) -> None:
        """The body is whole, its trailer included."""
        answer = self._answer
        if answer is None or answer.complete or answer.status in (0, 101):
            # What follows a 1xx head is the answer, and what follows 101 is not HTTP.
            return
        if self._fields:
            answer.take_trailers(self._fields)
            self._fields = []
        self._complete(answer)

    # Steps.

    def _bypass(self, answer: Answer, data: bytes) -> None:
        if len(data) > self._left:
            self._stray = True
            data = data[: self._left]
        self._left -= len(data)
        self._take(answer, data)
        if not self._left:
            self._complete(answer)

    def _take(self, answer: Answer, data: bytes) -> None:
        answer.pieces.append(data)
        answer.waiting += len(data)
        answer.received += len(data)
        if answer.waiting > HIGH_WATER and self.transport is not None:
            self.transport.pause_reading()
        answer.notify()

    def _resume(self) -> None:
        if self.transport is not None:
            self.transport.resume_reading()

    def _complete(self, answer: Answer) -> None:
        answer.complete = True
        answer.notify()
        if self._until_eof:
            answer.keep_alive = False
        if self._sent:
            self._finish()

    def _finish(self) -> None:
        """Both directions are done."""
        answer, self._answer = self._answer, None
        assert answer is not None
        if answer.keep_alive and not self._stray:
            self.reused = True
            self._release(self)
        else:
            self.close()

    def _check_switch(self, answer: Answer, fields: HeaderList) -> None:
        """The parser stops behind this head, and what follows it is the new protocol's."""
        if self._may_switch and self._parser.should_upgrade():
            answer.status, answer.headers = 101, fields
        else:
            self._broken(answer, ValueError("it switched protocols without being asked"))

    def _switch(self, answer: Answer, early: bytes) -> None:
        assert self.transport is not None
        self._stream = answer.stream = RawStream(self.transport, self.writable)
        if early:
            self._stream.feed(early)
        answer.notify()

    def _broken(self, answer: Answer, wrong: Exception) -> None:
        answer.fail(UpstreamProtocolError(f"upstream answered what is not HTTP: {wrong}"))
        self.abort()
