"""`query <key>=<value>…`: the query has one of the values for each key; `*` is any value, no key no query."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Predicate
from ..http.placeholders import template
from ..http.query import Pairs, parse, parse_sound
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
    """Whether each key has one of its values, `*` being any; no keys at all ask for an empty query.

    A query that cannot be read as a whole matches nothing.
    """
    if not keys:
        return lambda exchange: not parse(exchange.query)
    wanted = [_fixed(key, values) or _filled(key, values) for key, values in keys.items()]

    def predicate(exchange: Exchange) -> bool:
        pairs = parse_sound(exchange.query)
        if pairs is None:
            return False
        for has in wanted:  # noqa: SIM110 - `all` needs a generator, which costs more than one key
            if not has(pairs, exchange):
                return False
        return True

    return predicate


_Test = Callable[[Pairs, Exchange], bool]


def _fixed(key: str, values: tuple[str, ...]) -> _Test | None:
    """A key and values that are the same for all requests; None if they are not."""
    if "*" in values or any("{" in text or "\\" in text for text in (key, *values)):
        return None
    wanted = frozenset((key, value) for value in values)
    return lambda pairs, _: not wanted.isdisjoint(pairs)


def _filled(key: str, values: tuple[str, ...]) -> _Test:
    name, wanted = template(key), [template(value) for value in values]

    def has(pairs: Pairs, exchange: Exchange) -> bool:
        key, found = name(exchange), [value(exchange) for value in wanted]
        return any(one == key and (value in found or "*" in found) for one, value in pairs)

    return has


MATCHER = MatcherModule("query", dict[str, tuple[str, ...]], syntax, provision)
