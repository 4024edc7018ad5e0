"""`query <key>=<value>…`: the query has one of the values for each key; `*` is any value, no key no query."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import parse_qs

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Predicate
from ..http.placeholders import template
from ..module import Context, MatcherModule


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


def provision(keys: dict[str, tuple[str, ...]], context: Context) -> Predicate:
    """Whether each key has one of its values, `*` being any; no keys at all ask for an empty query."""
    if not keys:
        return lambda exchange: not exchange.query
    wanted = [(template(key), [template(value) for value in values]) for key, values in keys.items()]

    def predicate(exchange: Exchange) -> bool:
        found = parse_qs(exchange.query, keep_blank_values=True, errors="surrogateescape")
        for key, values in wanted:
            given = found.get(key(exchange))
            if given is None or not any((text := value(exchange)) == "*" or text in given for value in values):
                return False
        return True

    return predicate


MATCHER = MatcherModule("query", dict[str, tuple[str, ...]], syntax, provision)
