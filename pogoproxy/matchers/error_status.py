"""The expressions that `handle_errors 404 5xx` stands for: written for the config, and known again when it runs.

They are known again so that error pages need no library for expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..adapt.weak import integer
from ..caddyfile.tree import Word
from ..http.exchange import Exchange, Predicate

_NAME = "http.error.status_code"
_STATUS = f"{{{_NAME}}}"


def expression_of(words: Iterable[Word]) -> str:
    """Classes as ranges in the order of the file, and then the single codes; ConfigError for what is neither."""
    terms = []
    codes = []
    for word in words:
        text = word.text
        digits = text[:1] if text.endswith("xx") else text
        if len(text.encode()) != 3:
            raise word.error(f"bad status value '{text}'")
        try:
            integer(digits)
        except ValueError as wrong:
            raise word.error(f"bad status value '{digits}': {wrong}") from None
        if digits != text:
            terms.append(f"{_STATUS} >= {digits}00 && {_STATUS} <= {digits}99")
        else:
            codes.append(text)
    if codes:
        terms.append(f"{_STATUS} in [{', '.join(codes)}]")
    return " || ".join(terms)


_CLASS = re.compile(rf"{re.escape(_STATUS)} >= (\d)00 && {re.escape(_STATUS)} <= \1(?:99)")
_CODES = re.compile(rf"{re.escape(_STATUS)} in \[(\d{{3}}(?:, \d{{3}})*)\]")


def predicate_of(expression: str) -> Predicate | None:
    """Whether the failure's status is one of those; None for any other expression."""
    wanted: set[int] = set()
    for term in expression.split(" || "):
        if found := _CLASS.fullmatch(term):
            first = int(found[1]) * 100
            wanted.update(range(first, first + 100))
        elif found := _CODES.fullmatch(term):
            wanted.update(map(int, found[1].split(", ")))
        else:
            return None

    def predicate(exchange: Exchange) -> bool:
        return exchange.values.get(_NAME) in wanted

    return predicate
