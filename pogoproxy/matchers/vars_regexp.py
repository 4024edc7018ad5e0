"""`vars_regexp [<name>] <variable> <pattern>`: a variable or placeholder matches a regular expression."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..http.exchange import Predicate
from ..http.placeholders import to_text
from ..http.regexp_match import match_regexp
from ..module import Context, MatcherModule
from .regexp import Regexp, fields_and_patterns
from .vars import variable


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> dict[str, Regexp]:
    """The patterns by variable; the last one wins."""
    found = {field: regexp for _, field, regexp in fields_and_patterns(lines, reader, "vars_regexp")}
    return dict(sorted(found.items()))


def provision(variables: dict[str, Regexp], context: Context) -> Predicate:
    """Whether the value of each variable matches."""
    tests = [(variable(key), match_regexp(regexp.name, regexp.pattern)) for key, regexp in variables.items()]
    return lambda exchange: all(test(to_text(value(exchange)), exchange) for value, test in tests)


MATCHER = MatcherModule("vars_regexp", dict[str, Regexp], syntax, provision)
