"""`path <paths...>`: the path without case, exact, with `*` at either end, or a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.path_pattern import match_path
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...]:
    """The arguments of all lines."""
    no_blocks(lines, "path")
    return tuple(text for line in lines for text in line.texts())


def provision(patterns: tuple[str, ...], context: Context) -> Predicate:
    """Whether any of them matches."""
    return match_path(patterns)


MATCHER = MatcherModule("path", tuple[str, ...], syntax, provision)
