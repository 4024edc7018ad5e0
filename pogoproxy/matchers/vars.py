"""`vars <variable> <values...>`: a variable or placeholder has one of these values."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> dict[str, tuple[str, ...]]:
    """The values by variable."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        name = line.maybe()
        if name is None:
            raise line.error("malformed vars matcher: expected field name")
        values = line.texts()
        if not values:
            raise line.error("malformed vars matcher: expected at least one value to match against")
        found[name.text] = (*found.get(name.text, ()), *values)
    no_blocks(lines, "vars")
    return dict(sorted(found.items()))


MATCHER = MatcherModule("vars", dict[str, tuple[str, ...]], syntax)
