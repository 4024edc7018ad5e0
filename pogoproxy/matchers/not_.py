"""`not <matcher> …` or `not { <matchers...> }`: none of these sets matches; each line is a set of its own."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.route import compile_match
from ..module import Context, MatcherModule
from ..route import MatcherSet


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[MatcherSet, ...]:
    """One set a line."""
    return tuple(reader.nested(line.rest()) for line in lines)


def provision(sets: tuple[MatcherSet, ...], context: Context) -> Predicate:
    """Whether none of the sets matches; with no sets at all it does."""
    any_matches = compile_match(sets, context, "")
    if any_matches is None:
        return lambda _: True
    return lambda exchange: not any_matches(exchange)


MATCHER = MatcherModule("not", tuple[MatcherSet, ...], syntax, provision)
