"""`host <hosts...>`: the Host header, without case and port; `*` is one label."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.host_pattern import match_host
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...]:
    """The arguments of all lines."""
    no_blocks(lines, "host")
    return tuple(text for line in lines for text in line.texts())


def provision(patterns: tuple[str, ...], context: Context) -> Predicate:
    """Whether any of them matches."""
    return match_host(patterns)


MATCHER = MatcherModule("host", tuple[str, ...], syntax, provision)
