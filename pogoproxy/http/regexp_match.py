"""Regular expressions over a request's texts, whose groups become placeholders (Caddy's `*_regexp` matchers)."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Exchange
from .regexp import compile_regexp

Test = Callable[[str, Exchange], bool]


def match_regexp(name: str, pattern: str) -> Test:
    """Whether the expression finds something in a text; then `{http.regexp.<name>.<group>}` are set.

    The groups are also set without the name, as those of the last expression that matched.
    """
    expression = compile_regexp(pattern)
    prefixes = [f"http.regexp.{name}.", "http.regexp."] if name else ["http.regexp."]
    places = [(prefix + group, number) for prefix in prefixes for group, number in expression.groups()]

    def test(text: str, exchange: Exchange) -> bool:
        found = expression.search(text)
        if found is None:
            return False
        texts = found.texts()
        exchange.values.update([(place, texts[number]) for place, number in places])
        return True

    return test
