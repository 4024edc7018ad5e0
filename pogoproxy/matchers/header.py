"""`header [!]<field> [<value>]`: a header field has one of these values, or is absent."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.fields import canonical
from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule

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


MATCHER = MatcherModule("header", Fields, syntax)
