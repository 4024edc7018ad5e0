"""`query <key>=<value>…`: the query has one of the values for each key; `*` is any value, no key no query."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> dict[str, tuple[str, ...]]:
    """The values by key."""
    found: dict[str, tuple[str, ...]] = {}
    for word in (word for line in lines for word in line.words() if word.text):
        key, equals, value = word.text.partition("=")
        if not equals:
            raise word.error(f"malformed query matcher token: {word.text}; must be in param=val format")
        found[key] = (*found.get(key, ()), value)
    no_blocks(lines, "query")
    return dict(sorted(found.items()))


MATCHER = MatcherModule("query", dict[str, tuple[str, ...]], syntax)
