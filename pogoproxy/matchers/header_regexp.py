"""`header_regexp [<name>] <field> <pattern>`: a header field matches a regular expression."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Predicate
from ..http.headers import find_all
from ..http.regexp_match import Test, match_regexp
from ..module import Context, MatcherModule
from .regexp import Regexp, fields_and_patterns


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> dict[str, Regexp]:
    """The patterns by field, one for each."""
    found: dict[str, Regexp] = {}
    for line, field, regexp in fields_and_patterns(lines, reader, "header_regexp"):
        if field in found:
            raise line.error(
                f"header_regexp matcher can only be used once per named matcher, per header field: {field}"
            )
        found[field] = regexp
    return dict(sorted(found.items()))


def provision(fields: dict[str, Regexp], context: Context) -> Predicate:
    """Whether of each field some value matches."""
    tests = [_field(name, match_regexp(regexp.name, regexp.pattern)) for name, regexp in fields.items()]
    return lambda exchange: all(test(exchange) for test in tests)


def _field(name: str, test: Test) -> Predicate:
    lowered = name.lower().encode()
    if lowered == b"host":
        return lambda exchange: test(exchange.host, exchange)

    def predicate(exchange: Exchange) -> bool:
        found = find_all(exchange.headers, lowered)
        return any(test(value.decode(errors="surrogateescape"), exchange) for value in found)

    return predicate


MATCHER = MatcherModule("header_regexp", dict[str, Regexp], syntax, provision)
