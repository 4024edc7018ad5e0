"""`not <matcher> …` or `not { <matchers...> }`: none of these sets matches; each line is a set of its own."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule
from ..route import MatcherSet


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> tuple[MatcherSet, ...]:
    """One set a line."""
    sets = tuple(reader.nested(line.segment) for line in lines)
    for line in lines:
        line.words()
    return sets


MATCHER = MatcherModule("not", tuple[MatcherSet, ...], syntax)
