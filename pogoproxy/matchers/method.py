"""`method <methods...>`: the request method."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, arguments
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[str, ...] | None:
    """The arguments of all lines."""
    return arguments(lines, "method")


def provision(methods: tuple[str, ...] | None, context: Context) -> Predicate:
    """Whether it is one of them; methods are compared with case (RFC 9110 section 9.1)."""
    wanted = frozenset(method.upper() for method in methods or ())
    return lambda exchange: exchange.method in wanted


MATCHER = MatcherModule("method", tuple[str, ...] | None, syntax, provision)
