"""`method <methods...>`: the request method."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...]:
    """The arguments of all lines."""
    no_blocks(lines, "method")
    return tuple(text for line in lines for text in line.texts())


def provision(methods: tuple[str, ...], context: Context) -> Predicate:
    """Whether it is one of them; methods are compared with case (RFC 9110 section 9.1)."""
    wanted = frozenset(method.upper() for method in methods)
    return lambda exchange: exchange.method in wanted


MATCHER = MatcherModule("method", tuple[str, ...], syntax, provision)
