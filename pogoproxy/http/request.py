"""From a parsed head to an exchange: what is refused, what is dropped, and the body.

Reject, never repair: whatever two parsers might read differently is answered 400 and the connection closed. The C
parser refuses bare LF, line folding, bad names and numbers and repeated framing; this module refuses the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from ..errors import HandlerError
from .body import BytesBody
from .headers import Fields

if TYPE_CHECKING:
    from .connection import Connection

_CONTROL = bytes(code for code in range(32) if code != 9) + b"\x7f"


def check(message: RawRequestMessage) -> None:
    """HandlerError with the status of the refusal."""
    if message.version not in ((1, 1), (1, 0)):
        raise HandlerError(505, "unknown HTTP version")
    if message.method == "CONNECT":
        raise HandlerError(405, "CONNECT is not served")
    if message.chunked:
        _check_chunked(message)
    for name, value in message.raw_headers:
        # The C parser lets through what Go's net/http refuses: control bytes in values can end up in logs,
        # in a backend's environment, or be cut off by a C string.
        if len(value.translate(None, _CONTROL)) != len(value) or not name:
            raise HandlerError(400, "invalid header value")


def _check_chunked(message: RawRequestMessage) -> None:
    """Only plain `chunked` is a framing that every hop reads alike (RFC 9112 section 6.1)."""
    if message.version == (1, 0):
        raise HandlerError(400, "Transfer-Encoding in HTTP/1.0")
    codings = message.headers.getall("Transfer-Encoding")
    if len(codings) != 1 or codings[0].strip().lower() != "chunked":
        raise HandlerError(501, "unsupported transfer encoding")
    if "Content-Length" in message.headers:
        raise HandlerError(400, "both Transfer-Encoding and Content-Length")


def host_and_target(message: RawRequestMessage) -> tuple[str, str]:
    """The host that is asked and the target in origin form.

    An absolute target's authority replaces the Host header (RFC 9112 section 3.2.2), so that nothing behind us
    can see another host than our routes did.
    """
    hosts = message.headers.getall("Host", ())
    if len(hosts) > 1:
        raise HandlerError(400, "more than one Host header")
    host = hosts[0] if hosts else ""
    if hosts and not host:
        raise HandlerError(400, "empty Host header")
    target = message.path
    if "#" in target:
        # Some servers cut a fragment off and others take it for a part of the path.
        raise HandlerError(400, "fragment in request target")
    if target.startswith("/") or target == "*":
        return checked_host(host), checked_target(target)
    split = urlsplit(target)
    if split.scheme not in ("http", "https") or not split.netloc or "@" in split.netloc:
        raise HandlerError(400, "unsupported request target")
    origin = (split.path or "/") + (f"?{split.query}" if split.query else "")
    return checked_host(split.netloc), checked_target(origin)


_BAD_ESCAPE = re.compile(r"[^?]*%(?![0-9A-Fa-f]{2})")
"""Behind the question mark they are data like any other, and old clients do send them."""


def checked_target(target: str) -> str:
    """The target; HandlerError (400) for a path that decoders would read differently."""
    if "%" in target and _BAD_ESCAPE.match(target):
        raise HandlerError(400, "malformed escape in request target")
    return target


_HOST_BYTES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%&'()*+,-.:;=[]_~")


def checked_host(host: str) -> str:
    """The host as it came; HandlerError if it could not be one."""
    if not _HOST_BYTES.issuperset(host):
        raise HandlerError(400, "malformed Host header")
    return host


_NO_BODY = BytesBody()
"""One for all: reading nothing changes nothing."""


def body_of(connection: Connection, message: RawRequestMessage, payload: StreamReader) -> RequestBody | BytesBody:
    """The exchange's body over aiohttp's stream; HandlerError if the client expects what we do not know."""
    if payload is EMPTY_PAYLOAD:
        return _NO_BODY
    declared = None if message.chunked else message.headers.get("Content-Length")
    expected = message.headers.get("Expect", "").lower() if message.version == (1, 1) else ""
    if expected and expected != "100-continue":
        raise HandlerError(417, "unknown expectation")
    return RequestBody(connection, payload, None if declared is None else int(declared), bool(expected))


class RequestBody:
    """A body that arrives while it is read. `100 Continue` is sent when, and only when, somebody reads."""

    __slots__ = ("_connection", "_payload", "expects_continue", "length", "received")

    trailers: Fields = ()

    def __init__(
        self, connection: Connection, payload: StreamReader, length: int | None, expects_continue: bool
    ) -> None:
        self._connection = connection
        self._payload = payload
        self.length = length
        self.expects_continue = expects_continue
        self.received = 0

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        data = self._payload.read_nowait(-1) if self._payload.exception() is None else b""
        self.received += len(data)
        return data

    async def read(self) -> bytes:
        """See `Body.read`."""
        if self.expects_continue:
            self.expects_continue = False
            self._connection.send_continue()
        data = await self._connection.read_body(self._payload)
        self.received += len(data)
        return data


def refusal_of(wrong: HttpProcessingError, line_limit: int) -> HandlerError:
    """The status that the parser's mistake deserves; its message is for the log only."""
    if isinstance(wrong, LineTooLong):
        return HandlerError(414 if line_limit in wrong.args else 431, "request line or header too long")
    if "Too many headers" in str(wrong):
        return HandlerError(431, "too many headers")
    return HandlerError(400, f"malformed request: {wrong.message}")
