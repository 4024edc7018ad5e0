"""`header_regexp [<name>] <field> <pattern>`: a header field matches a regular expression."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule
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


MATCHER = MatcherModule("header_regexp", dict[str, Regexp], syntax)
