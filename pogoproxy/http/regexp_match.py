"""Regular expressions over a request's texts, whose groups become placeholders (Caddy's `*_regexp` matchers)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from .exchange import Exchange
from .regexp import compile_regexp

Test = Callable[[str, Exchange], bool]

_REMEMBERED = 256
"""Texts whose outcome is kept: clients ask for the same paths again, and RE2 is asked through many calls of Python."""

_LONG = 256
"""Characters of a text that is not kept, so that nobody fills the memory with texts that come once."""


def match_regexp(name: str, pattern: str) -> Test:
    """Whether the expression finds something in a text; then `{http.regexp.<name>.<group>}` are set.

    The groups are also set without the name, as those of the last expression that matched.
    """
    expression = compile_regexp(pattern)
    prefixes = [f"http.regexp.{name}.", "http.regexp."] if name else ["http.regexp."]
    places = [(prefix + group, number) for prefix in prefixes for group, number in expression.groups()]

    def found_in(text: str) -> dict[str, str] | None:
        found = expression.search(text)
        if found is None:
            return None
        texts = found.texts()
        return {place: texts[number] for place, number in places}

    known = lru_cache(_REMEMBERED)(found_in)

    def test(text: str, exchange: Exchange) -> bool:
        found = known(text) if len(text) < _LONG else found_in(text)
        if found is None:
            return False
        exchange.values.update(found)
        return True

    return test
