"""`host <hosts...>`: the Host header, without case and port; `*` is one label."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...]:
    """The arguments of all lines."""
    no_blocks(lines, "host")
    return tuple(text for line in lines for text in line.texts())


MATCHER = MatcherModule("host", tuple[str, ...], syntax)
