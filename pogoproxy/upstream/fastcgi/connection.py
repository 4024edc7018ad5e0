"""One FastCGI connection to a responder: a request's records out, an answer from the records that come.

The responder's output is a CGI answer (RFC 3875 section 6): header lines, `Status` among them, an empty line, the body.
Only END_REQUEST says that it is whole, so that what a killed responder left behind never passes for an answer.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from ...errors import UpstreamProtocolError
from ...http.headers import TOKEN, HeaderList
from ..answer import Answer
from ..carrier import LARGEST_HEAD, Carrier
from .records import REQUEST, Kind, Record, RecordReader, end, ended, stream

log = logging.getLogger(__name__)

_OVERLOADED = 2
"""The protocol's status of a responder that has no room for the request."""

_MOST_SAID = 64 * 1024
"""Bytes of a request's stderr that are logged."""

_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"([2-5][0-9][0-9])(?: .*)?", re.DOTALL)


class FastCGIConnection(Carrier):
    """A carrier of FastCGI. `keeps` says whether the responder is asked to keep the connection."""

    def __init__(
        self,
        release: Callable[[Carrier], None],
        gone: Callable[[Carrier], None],
        *,
        keeps: bool = False,
        logs_stderr: bool = True,
    ) -> None:
        super().__init__(release, gone)
        self._keeps = keeps
        self._logs_stderr = logs_stderr
        self._reader = RecordReader()
        self._head = b""
        self._said = b""

    # Sending.

    def begin(self, head: bytes, body: bytes, *, to_head: bool, may_switch: bool, whole: bool) -> Answer:
        """See `Carrier.begin`."""
        assert self.transport is not None
        answer = self._expect(to_head=to_head, whole=whole)
        self._head = self._said = b""
        self.transport.write(head + stream(Kind.STDIN, body) + (end(Kind.STDIN) if whole else b""))
        return answer

    async def write(self, data: bytes, *, chunked: bool) -> None:
        """See `Carrier.write`."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("the responder has closed")
        self.transport.write(stream(Kind.STDIN, data))
        await self.writable()

    def sent(self, *, chunked: bool) -> None:
        """See `Carrier.sent`."""
        if self.transport is not None:
            self.transport.write(end(Kind.STDIN))
        super().sent(chunked=chunked)

    # Receiving.

    def data_received(self, data: bytes) -> None:
        """Take the records in."""
        answer = self._answer
        if answer is None:
            self._stray = True
            return self.abort()
        self._heard += len(data)
        try:
            for record in self._reader.feed(data):
                self._take_in(answer, record)
        except ValueError as wrong:
            self._broken(answer, UpstreamProtocolError(f"upstream answered what is not FastCGI: {wrong}"))
        return answer.notify()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `Carrier.connection_lost`."""
        self._log_stderr()
        super().connection_lost(exc)

    def _take_in(self, answer: Answer, record: Record) -> None:
        if answer.complete:
            self._stray = True
        if record.request != REQUEST or answer.complete:
            return
        match record.kind:
            case Kind.STDOUT:
                self._take_output(answer, record.content)
            case Kind.STDERR:
                self._said = (self._said + record.content)[:_MOST_SAID]
            case Kind.END_REQUEST:
                self._end(answer, record.content)

    def _take_output(self, answer: Answer, content: bytes) -> None:
        if answer.status:
            self._take_body(answer, content)
            return
        self._head += content
        found = _END_OF_HEAD.search(self._head)
        if found is None:
            if len(self._head) > LARGEST_HEAD:
                raise ValueError("head too large")
            return
        head, rest, self._head = self._head[: found.start()], self._head[found.end() :], b""
        self._take_head(answer, head)
        self._take_body(answer, rest)

    def _take_head(self, answer: Answer, head: bytes) -> None:
        status, fields = parse_head(head)
        answer.take_head(status, fields)
        answer.keep_alive = self._keeps

    def _take_body(self, answer: Answer, content: bytes) -> None:
        if not content or self._to_head:
            return
        if answer.length is not None and answer.received + len(content) > answer.length:
            raise ValueError("body longer than its Content-Length")
        self._take(answer, content)

    def _end(self, answer: Answer, content: bytes) -> None:
        _, protocol = ended(content)
        self._log_stderr()
        if protocol == _OVERLOADED and not answer.status:
            answer.fail(_Overloaded("the responder is overloaded"))
            self.close()
            return
        if not answer.status:
            self._take_head(answer, self._head)
        if not self._to_head and answer.length is not None and answer.received < answer.length:
            raise ValueError("body shorter than its Content-Length")
        self._complete(answer)

    def _log_stderr(self) -> None:
        said, self._said = self._said, b""
        if said and self._logs_stderr:
            status = self._answer.status if self._answer is not None else 0
            level = logging.ERROR if status >= 400 else logging.WARNING
            for line in said.decode(errors="backslashreplace").splitlines():
                log.log(level, "responder stderr: %s", line)


class _Overloaded(UpstreamProtocolError):
    """It refused before it did anything."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.status = 503


def parse_head(head: bytes) -> tuple[int, HeaderList]:
    """Status and fields of a CGI answer; ValueError if a line is none, or the status or the length no number."""
    status = 200
    fields: HeaderList = []
    for line in filter(None, re.split(rb"\r?\n", head)):
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t")
        if not colon or TOKEN.fullmatch(name) is None or b"\0" in value or b"\r" in value:
            raise ValueError("malformed header line")
        if name.lower() == b"status":
            status = _status(value)
        elif name.lower() == b"content-length" and not value.isdigit():
            raise ValueError("malformed Content-Length")
        else:
            fields.append((name, value))
    return status, fields


def _status(value: bytes) -> int:
    found = _STATUS.fullmatch(value)
    if found is None:
        raise ValueError("malformed Status")
    return int(found[1])
