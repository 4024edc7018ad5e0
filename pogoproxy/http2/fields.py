"""What names and values may be (RFC 9113 section 8.2): whatever would mean another thing in HTTP/1 is malformed.

A message that is passed on becomes text again. CR, LF, NUL or a colon in the wrong place, or a field that frames
HTTP/1 messages, would then let one request speak as two (request smuggling by downgrade).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..http.headers import HeaderList

NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9a-z]+")
"""A token (RFC 9110 section 5.6.2) in lower case."""

_CONTROL = bytes(code for code in range(32) if code != 9) + b"\x7f"

CONNECTION_SPECIFIC = frozenset(
    {b"connection", b"proxy-connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"http2-settings"}
)
"""Say how HTTP/1 connections are used (section 8.2.2)."""


class Malformed(ValueError):
    """A message that must not be acted on (section 8.1.1)."""


def check_field(name: bytes, value: bytes) -> None:
    """Malformed if a regular field could not be passed on as it is."""
    if NAME.fullmatch(name) is None:
        raise Malformed("invalid header name")
    check_value(value)
    if name in CONNECTION_SPECIFIC:
        raise Malformed("header that belongs to HTTP/1 connections")
    if name == b"te" and value.lower() != b"trailers":
        raise Malformed("TE other than trailers")


def check_value(value: bytes) -> None:
    """Malformed if there are control bytes in it, or white space around it."""
    if len(value.translate(None, _CONTROL)) != len(value) or value != value.strip(b" \t"):
        raise Malformed("invalid header value")


def trailers(fields: HeaderList) -> HeaderList:
    """The fields of a trailer; Malformed if one must not be there (RFC 9110 section 6.5.1)."""
    for name, value in fields:
        check_field(name, value)
        if name in (b"content-length", b"host"):
            raise Malformed("header that must not be a trailer")
    return fields


def length_of(values: list[bytes]) -> int | None:
    """The Content-Length, None if there is none; Malformed if it is no number, or several that differ."""
    if not values:
        return None
    if len(set(values)) > 1 or not values[0].isdigit() or len(values[0]) > 18:
        raise Malformed("invalid Content-Length")
    return int(values[0])


def outgoing(fields: Iterable[tuple[bytes, bytes]]) -> HeaderList:
    """Fields that handlers or an HTTP/1 peer made, as HTTP/2 has them: lower case, one line, none of HTTP/1's own.

    As in HTTP/1, where `http.headers.head` does the same, a line end inside a value becomes a space.
    """
    found = []
    for name, value in fields:
        lowered = name.lower()
        if lowered in CONNECTION_SPECIFIC or NAME.fullmatch(lowered) is None:
            continue
        plain = value if len(value.translate(None, _CONTROL)) == len(value) else value.translate(_SPACES)
        found.append((lowered, plain.strip()))
    return found


_SPACES = bytes(32 if code in _CONTROL else code for code in range(256))
