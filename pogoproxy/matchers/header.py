"""`header [!]<field> [<value>]`: a header field has one of these values, or is absent."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.fields import canonical
from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Predicate, all_of
from ..http.placeholders import template
from ..http.response_head import value_test
from ..module import Context, MatcherModule

Fields = dict[str, tuple[str, ...] | None]
"""Values by field: any of them matches; None means that the field must be absent."""


def read_fields(lines: Sequence[Cursor], fields: Fields) -> None:
    """Add the fields that the lines name; ConfigError for a line without field or value."""
    for line in lines:
        word = line.maybe()
        if word is None:
            raise line.error("malformed header matcher: expected field")
        if word.text.startswith("!"):
            _absent(line, word.text[1:], fields)
        else:
            value = line.maybe()
            if value is None:
                raise line.error("malformed header matcher: expected both field and value")
            name = canonical(word.text)
            fields[name] = (*(fields.get(name) or ()), value.text)
        if line.remaining:
            raise line.error("malformed header matcher: expected field", hint="one value a line")
    no_blocks(lines, "header")


def _absent(line: Cursor, name: str, fields: Fields) -> None:
    if not name:
        raise line.error("malformed header matcher: must have field name following ! character")
    if line.maybe() is not None:
        raise line.error("malformed header matcher: null matching headers cannot have a field value")
    fields[name] = None


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> Fields:
    """The fields of all lines."""
    fields: Fields = {}
    read_fields(lines, fields)
    return dict(sorted(fields.items()))


def provision(fields: Fields, context: Context) -> Predicate:
    """Whether all fields are as they should be; Host is the host that is asked, wherever the request names it."""
    return all_of([_field(name, values) for name, values in fields.items()])


def _field(name: str, values: tuple[str, ...] | None) -> Predicate:
    lowered = name.lower().encode()
    wanted = None if values is None else [template(value) for value in values]
    if lowered != b"host" and not any("{" in value or "\\" in value for value in values or ()):
        has = value_test(lowered, values)
        return lambda exchange: has(exchange.headers)

    def test(exchange: Exchange) -> bool:
        found = exchange.headers
        if lowered == b"host":
            found = [(b"Host", exchange.host.encode(errors="surrogateescape"))] if exchange.host else []
        return value_test(lowered, None if wanted is None else [value(exchange) for value in wanted])(found)

    return test


MATCHER = MatcherModule("header", Fields, syntax, provision)
