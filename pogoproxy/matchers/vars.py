"""`vars <variable> <values...>`: a variable or placeholder has one of these values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Predicate
from ..http.placeholders import template, to_text
from ..http.request_placeholders import getter
from ..module import Context, MatcherModule


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


def provision(variables: dict[str, tuple[str, ...]], context: Context) -> Predicate:
    """Whether each variable has one of its values."""
    wanted = [(variable(key), [template(value) for value in values]) for key, values in variables.items()]

    def predicate(exchange: Exchange) -> bool:
        for value, texts in wanted:
            found = to_text(value(exchange))
            if not any(text(exchange) == found for text in texts):
                return False
        return True

    return predicate


def variable(key: str) -> Callable[[Exchange], object]:
    """The value of a variable, or of a placeholder, which has braces."""
    if key.startswith("{") and key.endswith("}"):
        return getter(key[1:-1])
    return lambda exchange: exchange.vars.get(key, "")


MATCHER = MatcherModule("vars", dict[str, tuple[str, ...]], syntax, provision)
