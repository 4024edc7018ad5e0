"""The answer to one HTTP/1 request: its head, its framing, and the promise that a broken one never looks whole."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..errors import HandlerError
from .file_body import FileTaker
from .front_writer import FINISHED, HELD, STREAMING, SWITCHED, WAITING
from .headers import HeaderList, head
from .status_text import status_text
from .stream import Stream

if TYPE_CHECKING:
    from .connection import Connection
    from .request_head import RequestHead

SERVER = (b"Server", b"pogoproxy")
"""In `Exchange.response_headers` from the start, so that handlers may delete it."""

_SEPARATE_WRITE = 16 * 1024
"""From here on a chunk is handed over beside its frame, since copying it costs more than a longer gather list."""

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def status_line(status: int) -> bytes:
    """The first line of an answer, with its line end; an unknown status has no reason phrase."""
    line = _STATUS_LINES.get(status)
    if line is None:
        line = b"HTTP/1.1 %d \r\n" % status
    return line


_STATUS_LINES = {status.value: b"HTTP/1.1 %d %b\r\n" % (status, status_text(status).encode()) for status in HTTPStatus}


def refusal(status: int) -> bytes:
    """A whole answer to what is not worth routing; as Go's net/http words it."""
    text = b"%d %b" % (status, status_text(status).encode())
    first = status_line(status) + b"Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    return first + b"Content-Length: %d\r\n\r\n%b" % (len(text), text)


def has_no_body(status: int) -> bool:
    """Answers that end with their head whatever it says (RFC 9112 section 6.3)."""
    return status < 200 or status in (204, 304)


class Response(FileTaker):
    """The `Writer` of one exchange on an HTTP/1 connection."""

    __slots__ = (
        "_bodiless",
        "_chunked",
        "_connection",
        "_extra",
        "_head",
        "_left",
        "_told",
        "began",
        "headers",
        "keep_alive",
        "old",
        "phase",
        "sent",
        "status",
    )

    def __init__(self, connection: Connection, head: RequestHead, extra: HeaderList) -> None:
        self._connection = connection
        self._extra = extra
        self._bodiless = head.method == "HEAD"
        self._chunked = False
        self._head = b""
        self._left: int | None = None
        self._told = True
        """Whether it is still to be said that the connection closes; a handler may have said so."""
        self.keep_alive = head.keep_alive
        self.old = head.version == (1, 0)
        """An HTTP/1.0 client: no chunks, no 1xx, and it must be told that the connection stays."""
        self.phase = WAITING
        self.headers: HeaderList = []
        self.began = 0.0
        self.status = 0
        self.sent = 0

    async def inform(self, status: int, headers: HeaderList) -> None:
        """See `Writer.inform`; an HTTP/1.0 client is not told."""
        if self.phase is WAITING and not self.old:
            self._connection.send(head(status_line(status), headers) + b"\r\n")

    async def respond(self, status: int, headers: HeaderList, body: bytes) -> None:
        """See `Writer.respond`; head and body go out in one write."""
        self._hold(status, headers, len(body))
        self.phase = FINISHED
        held, self._head = self._head, b""
        if self._bodiless:
            body = b""
        self.sent = len(body)
        if len(body) < _SEPARATE_WRITE:
            self._connection.send(held + body)
        else:
            self._connection.send_all((held, body))
        if self._connection.writing_paused:
            await self._connection.writable()

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        self._hold(status, headers, length)

    def _hold(self, status: int, headers: HeaderList, length: int | None) -> None:
        if self.phase is not WAITING:
            raise HandlerError(500, f"answer started twice: status {status} after {self.status}")
        self.phase = HELD
        self.began = time.monotonic()
        self.status = status
        self.headers = self._extra + headers
        text = head(status_line(status), self.headers)
        # `find`, because `in` asks first whether the left side is a number, and drops the error for a quarter of a µs.
        if text.find(b"\r\nDate: ") < 0 and text.lower().find(b"\r\ndate:") < 0:
            text += self._connection.server.date
        if text.find(b"\r\nConnection: close\r\n") >= 0:
            self.keep_alive = False
            self._told = False
        self._head = text + self._framing(status, length) + b"\r\n"

    def _framing(self, status: int, length: int | None) -> bytes:
        """The lines that say where the body ends, and what becomes of the connection."""
        framing = b""
        if has_no_body(status):
            self._bodiless = True
            # A 304 may tell the length that a 200 would have had; a 204 must not (RFC 9110 section 8.6).
            if status == 304 and length:
                framing = b"Content-Length: %d\r\n" % length
            self._left = 0
        elif length is not None:
            framing = b"Content-Length: %d\r\n" % length
            self._left = 0 if self._bodiless else length
        elif self.old:
            self.keep_alive = self.keep_alive and self._bodiless
        elif not self._bodiless:
            self._chunked = True
            framing = b"Transfer-Encoding: chunked\r\n"
        if self._connection.is_last():
            self.keep_alive = False
        if not self.keep_alive and self._told:
            framing += b"Connection: close\r\n"
        elif self.old and self.keep_alive:
            framing += b"Connection: keep-alive\r\n"
        return framing

    def withdraw(self) -> None:
        """See `FrontWriter.withdraw`."""
        if self.phase is HELD and self._head:
            self.phase = WAITING
            self._head = b""

    async def write(self, data: bytes) -> None:
        """See `Writer.write`; data beyond the announced length is an error of the handler's."""
        if not data:
            return None
        self._advance_to_streaming()
        if self._bodiless:
            return await self.flush()
        self.sent += len(data)
        if self._left is not None:
            self._left -= len(data)
            if self._left < 0:
                raise HandlerError(500, "answer is longer than its Content-Length")
        self._send_piece(data)
        if self._connection.writing_paused:
            await self._connection.writable()
        return None

    def takes_files(self) -> bool:
        """See `FileTaker.takes_files`: where the length is known, and the bytes go out as they are."""
        return bool(self._left) and not self._bodiless and self._connection.has_bare_socket()

    async def write_file(self, file: int, at: int, count: int) -> None:
        """See `FileTaker.write_file`."""
        self._advance_to_streaming()
        self.sent += count
        assert self._left is not None
        self._left -= count
        if self._left < 0:
            raise HandlerError(500, "answer is longer than its Content-Length")
        held, self._head = self._head, b""
        await self._connection.send_file(held, file, at, count)

    def _advance_to_streaming(self) -> None:
        if self.phase is HELD:
            self.phase = STREAMING
        elif self.phase is not STREAMING:
            raise HandlerError(500, f"body written in phase {self.phase.name.lower()}")

    def _send_piece(self, data: bytes) -> None:
        held, self._head = self._head, b""
        if len(data) >= _SEPARATE_WRITE:
            frame = (held + b"%x\r\n" % len(data), data, b"\r\n") if self._chunked else (held, data)
            self._connection.send_all(frame)
        elif self._chunked:
            self._connection.send(b"%b%x\r\n%b\r\n" % (held, len(data), data))
        else:
            self._connection.send(held + data if held else data)

    async def flush(self) -> None:
        """Send the head if it is still held; pieces of the body are never held."""
        if self._head:
            held, self._head = self._head, b""
            self._connection.send(held)

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """See `Writer.finish`; an answer shorter than its announced length is cut, so that it cannot look whole."""
        if self.phase not in (HELD, STREAMING):
            raise HandlerError(500, f"answer finished in phase {self.phase.name.lower()}")
        if self._left:
            raise HandlerError(502, f"answer ends {self._left} bytes short of its Content-Length")
        self.phase = FINISHED
        end = head(b"0\r\n", trailers or ()) + b"\r\n" if self._chunked else b""
        if self._head or end:
            self._connection.send(self._head + end)
            self._head = b""
        if self._connection.writing_paused:
            await self._connection.writable()

    def is_cut_short(self) -> bool:
        """Whether the answer broke off where only the end of the connection delimits it, so it would look whole."""
        unframed = self._left is None and not self._chunked and not self._bodiless
        return self.phase is STREAMING and unframed

    async def switch(self, headers: HeaderList) -> Stream:
        """See `Writer.switch`; HandlerError if the request did not ask for an upgrade."""
        if self.phase is not WAITING:
            raise HandlerError(500, "protocol switched after the answer started")
        stream = self._connection.switch()
        self.phase = SWITCHED
        self.status = 101
        self.keep_alive = False
        self._connection.send(head(status_line(101), headers) + b"\r\n")
        return stream
