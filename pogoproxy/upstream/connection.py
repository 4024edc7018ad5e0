"""One HTTP/1.1 connection to an upstream: a request out, its answer in, then the next.

httptools (llhttp) parses. Once a head has told the length of a long body, the rest of it bypasses the parser.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httptools

from ..errors import UpstreamProtocolError
from ..http.headers import HeaderList
from ..http.response import has_no_body
from ..http.stream import RawStream
from .answer import Answer
from .carrier import LARGEST_HEAD, Carrier


class UpstreamConnection(Carrier):
    """A carrier of HTTP/1.1."""

    def __init__(self, release: Callable[[Carrier], None], gone: Callable[[Carrier], None]) -> None:
        super().__init__(release, gone)
        self._parser: Any = None
        self._fields: HeaderList = []
        self._may_switch = False
        self._left = 0
        """Bytes of the body that still come past the parser."""
        self._until_eof = False
        self._stream: RawStream | None = None

    # Sending.

    def begin(self, head: bytes, body: bytes, *, to_head: bool, may_switch: bool, whole: bool) -> Answer:
        """See `Carrier.begin`."""
        assert self.transport is not None
        if self._parser is None:
            self._parser = httptools.HttpResponseParser(self)
        answer = self._expect(to_head=to_head, whole=whole)
        self._may_switch = may_switch
        self._until_eof = False
        self.transport.write(head + body if body else head)
        return answer

    async def write(self, data: bytes, *, chunked: bool) -> None:
        """See `Carrier.write`."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the upstream has closed")
        if chunked:
            self.transport.writelines((b"%x\r\n" % len(data), data, b"\r\n"))
        else:
            self.transport.write(data)
        if self._paused:
            await self.writable()

    def sent(self, *, chunked: bool) -> None:
        """See `Carrier.sent`."""
        if chunked and self.transport is not None:
            self.transport.write(b"0\r\n\r\n")
        super().sent(chunked=chunked)

    # What the event loop calls.

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
            self._bypass(answer, data)
        else:
            self._parse(answer, data)
        return answer.notify()

    def _parse(self, answer: Answer, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if answer.status == 101:
                self._switch(answer, data[upgrade.args[0] :])
        except httptools.HttpParserError as wrong:
            self._broken(answer, _not_http(wrong))
        else:
            if not answer.complete:
                self._go_past_the_parser(answer)

    def _go_past_the_parser(self, answer: Answer) -> None:
        if not answer.status:
            if self._heard > LARGEST_HEAD:
                self._broken(answer, _not_http(ValueError("head too large")))
        elif answer.length is not None:
            self._left = answer.length - answer.received
            self._parser = None

    def eof_received(self) -> bool:
        """The upstream sends no more."""
        if self._stream is not None:
            self._stream.feed_eof()
            return True
        if self._until_eof and self._answer is not None:
            answer = self._answer
            self._complete(answer)
            answer.notify()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """See `Carrier.connection_lost`."""
        if self._stream is not None:
            self._stream.feed_eof()
        super().connection_lost(exc)

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
        if self._until_eof:
            answer.keep_alive = False
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

    def _check_switch(self, answer: Answer, fields: HeaderList) -> None:
        """The parser stops behind this head, and what follows it is the new protocol's."""
        if self._may_switch and self._parser.should_upgrade():
            answer.status, answer.headers = 101, fields
        else:
            self._broken(answer, _not_http(ValueError("it switched protocols without being asked")))

    def _switch(self, answer: Answer, early: bytes) -> None:
        assert self.transport is not None
        self._stream = answer.stream = RawStream(self.transport, self.writable)
        if early:
            self._stream.feed(early)


def _not_http(wrong: Exception) -> UpstreamProtocolError:
    return UpstreamProtocolError(f"upstream answered what is not HTTP: {wrong}")
