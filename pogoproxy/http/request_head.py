"""From a parsed head to what it says: what is refused, and what is dropped.

Reject, never repair: whatever two parsers might read differently is answered 400 and the connection closed. The C
parser refuses bare LF, line folding, bad names and numbers and repeated framing; this module refuses the rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp.http_parser import RawRequestMessage

from ..errors import HandlerError
from .header_names import Passed
from .headers import HeaderList

_CONTROL = bytes(code for code in range(32) if code != 9) + b"\x7f"


@dataclass(slots=True)
class RequestHead:
    """What a request's head says. One may serve many equal requests, so `headers` is to be copied."""

    method: str
    target: str
    """In origin form, whatever form it came in."""
    host: str
    version: tuple[int, int]
    headers: HeaderList
    length: int | None
    """Bytes of the body: 0 where there is none, None where only its end will tell."""
    expects_continue: bool
    keep_alive: bool
    """Whether the connection may stay, and go on speaking HTTP."""
    memory: dict[object, HeaderList] | None = None
    """See `Exchange.memory`; of a head that is remembered."""


def request_head(message: RawRequestMessage, passed: Passed, *, has_body: bool) -> RequestHead:
    """The head, less what is not `passed`; HandlerError with the status of the refusal."""
    _check(message)
    host, target = _host_and_target(message)
    declared = None if message.chunked else message.headers.get("Content-Length")
    return RequestHead(
        message.method,
        target,
        host,
        message.version,
        passed(message.raw_headers),
        0 if not has_body else None if declared is None else int(declared),
        has_body and _expects_continue(message),
        not (message.should_close or message.upgrade),
    )


def _expects_continue(message: RawRequestMessage) -> bool:
    expected = message.headers.get("Expect", "").lower() if message.version == (1, 1) else ""
    if expected and expected != "100-continue":
        raise HandlerError(417, "unknown expectation")
    return bool(expected)


def _check(message: RawRequestMessage) -> None:
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


def _host_and_target(message: RawRequestMessage) -> tuple[str, str]:
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
