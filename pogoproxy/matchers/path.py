"""`path <paths...>`: the path without case, exact, with `*` at either end, or a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...]:
    """The arguments of all lines."""
    no_blocks(lines, "path")
    return tuple(text for line in lines for text in line.texts())


MATCHER = MatcherModule("path", tuple[str, ...], syntax)
