"""`host <hosts...>`: the Host header, without case and port; `*` is one label."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, arguments
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.host_pattern import match_host
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...] | None:
    """The arguments of all lines."""
    return arguments(lines, "host")


def provision(patterns: tuple[str, ...] | None, context: Context) -> Predicate:
    """Whether any of them matches."""
    return match_host(patterns or ())


MATCHER = MatcherModule("host", tuple[str, ...] | None, syntax, provision)
