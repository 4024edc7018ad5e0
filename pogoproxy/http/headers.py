"""Header lists: looking up, editing, hop-by-hop rules, and the bytes of a head.

Names are compared without case; where a parameter is called `lowered` it is in lower case already, which saves
a conversion for every header of every request.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from ..adapt.fields import TOKEN as _TOKEN

Pair = tuple[bytes, bytes]
"""A name and a value."""

HeaderList = list[Pair]
"""Headers in the order of the wire; names in the case they came in, compared without case."""

Fields = Sequence[Pair]
"""Headers that nobody changes."""

TOKEN = re.compile(_TOKEN.pattern.encode())
"""What may be a field's name (RFC 9110 section 5.6.2)."""

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"proxy-connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"alt-svc",
    }
)
"""What one connection says to the next hop only (RFC 9110 section 7.6.1), as Caddy has it."""

FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection", b"keep-alive", b"proxy-connection"})
"""What the writer of a message decides itself."""


def find(headers: HeaderList, lowered: bytes) -> bytes | None:
    """The first value of that name."""
    size = len(lowered)
    for name, value in headers:
        # Most names differ in length already, and to compare that is half of the work.
        if len(name) == size and name.lower() == lowered:
            return value
    return None


def find_all(headers: HeaderList, lowered: bytes) -> list[bytes]:
    """All values of that name, in order."""
    size = len(lowered)
    return [value for name, value in headers if len(name) == size and name.lower() == lowered]


def joined(headers: HeaderList, lowered: bytes) -> str:
    """All values of that name as one text, as Caddy's placeholders have them."""
    return b",".join(find_all(headers, lowered)).decode(errors="surrogateescape")


def remove(headers: HeaderList, lowered: Collection[bytes]) -> None:
    """Take out all headers of those names, in place."""
    headers[:] = [pair for pair in headers if pair[0].lower() not in lowered]


def replace(headers: HeaderList, name: bytes, value: bytes) -> None:
    """Leave exactly one header of that name, in place."""
    remove(headers, (name.lower(),))
    headers.append((name, value))


def tokens(values: Iterable[bytes]) -> set[bytes]:
    """The comma-separated tokens of list headers such as Connection, in lower case."""
    return {token.strip().lower() for value in values for token in value.split(b",") if token.strip()}


class Written(list[tuple[bytes, bytes]]):
    """Headers that stay as they are, with the lines that `head` makes of them."""

    __slots__ = ("lines",)

    def __init__(self, headers: Fields) -> None:
        super().__init__(headers)
        self.lines = head(b"", headers)


def head(first_line: bytes, headers: Fields) -> bytes:
    """A message's head without the empty line that ends it; `first_line` has its line end.

    A line end inside a value would let the value speak as a header of its own (response splitting): handlers may
    put decoded request data there. As in Go's net/http, each is sent as a space.
    """
    if type(headers) is Written:
        return first_line + headers.lines
    lines = list(map(b": ".join, headers))
    whole = b"".join(lines)
    if _LF in whole or _CR in whole:
        lines = [_one_line(line) for line in lines]
    lines.append(b"")
    return first_line + b"\r\n".join(lines)


_CR, _LF = b"\r\n"


def _one_line(data: bytes) -> bytes:
    return data.replace(b"\r", b" ").replace(b"\n", b" ")
