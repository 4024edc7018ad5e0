"""`path_regexp [<name>] <pattern>`: the path matches a regular expression."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.path_pattern import clean
from ..http.regexp_match import match_regexp
from ..module import Context, MatcherModule
from .regexp import Regexp


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> Regexp:
    """One line; without a name it is that of the definition."""
    if len(lines) > 1:
        raise lines[1].error("regular expression can only be used once per named matcher")
    first = lines[0].text()
    second = lines[0].maybe()
    no_blocks(lines, "path_regexp")
    name, pattern = (first, second.text) if second else ("", first)
    return Regexp(name=name or reader.definition, pattern=pattern)


def provision(regexp: Regexp, context: Context) -> Predicate:
    """Whether it finds something in the cleaned path."""
    test = match_regexp(regexp.name, regexp.pattern)
    return lambda exchange: test(clean(exchange.path), exchange)


MATCHER = MatcherModule("path_regexp", Regexp, syntax, provision)
