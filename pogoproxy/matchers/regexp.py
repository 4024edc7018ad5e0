"""Regular expressions in matchers; what they capture becomes `{http.regexp.<name>.<group>}`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ..adapt.matchers import MatcherReader, no_blocks
from ..caddyfile.cursor import Cursor


class Regexp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A pattern in RE2's language, and the name of what it captures."""

    name: str = ""
    pattern: str = ""


def fields_and_patterns(
    lines: Sequence[Cursor], reader: MatcherReader, matcher: str
) -> Iterator[tuple[Cursor, str, Regexp]]:
    """`[<name>] <field> <pattern>` of each line; without a name it is that of the definition."""
    for line in lines:
        first, second, third = line.text(), line.text(), line.maybe()
        name, field, pattern = (first, second, third.text) if third else ("", first, second)
        yield line, field, Regexp(name=name or reader.definition, pattern=pattern)
    no_blocks(lines, matcher)
