"""`expression <text...>` or a quoted text alone: an expression in the Common Expression Language."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..caddyfile.tree import Word
from ..http.exchange import Predicate
from ..module import Context, MatcherModule
from .error_status import predicate_of
from .expression_program import Program


class Expression(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An expression, and the name for what regular expressions in it capture."""

    expr: str
    name: str


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> str | Expression:
    """One argument is the expression; several keep their quotes, since these are the expression's own."""
    words = lines[0].words()
    if not words:
        raise lines[0].wrong_count()
    if len(lines) > 1:
        raise lines[1].error("expression can only be used once per named matcher")
    if len(words) > 1:
        return " ".join(map(_raw, words))
    return Expression(expr=words[0].text, name=reader.definition) if reader.definition else words[0].text


def _raw(word: Word) -> str:
    quote = "" if word.quote == "<<" else word.quote
    return f"{quote}{word.text}{quote}"


def provision(config: str | Expression, context: Context) -> Predicate:
    """Whether it is true; ConfigError for what is no expression."""
    text, name = (config, "") if isinstance(config, str) else (config.expr, config.name)
    return predicate_of(text) or Program(text, name, context).matches


MATCHER = MatcherModule("expression", str | Expression, syntax, provision)
