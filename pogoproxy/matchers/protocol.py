"""`protocol http|https|grpc|http/<version>[+]`: the request's protocol."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> str:
    """The protocol of the last line."""
    for line in lines:
        if line.remaining != 1:
            raise line.error("expected exactly one protocol")
    return [line.text() for line in lines][-1]


MATCHER = MatcherModule("protocol", str, syntax)
