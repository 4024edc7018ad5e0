"""`path <paths...>`: the path without case, exact, with `*` at either end, or a pattern."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, arguments
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.path_pattern import match_path
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...] | None:
    """The arguments of all lines."""
    return arguments(lines, "path")


def provision(patterns: tuple[str, ...] | None, context: Context) -> Predicate:
    """Whether any of them matches."""
    return match_path(patterns or ())


MATCHER = MatcherModule("path", tuple[str, ...] | None, syntax, provision)
