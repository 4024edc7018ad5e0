"""`vars_regexp [<name>] <variable> <pattern>`: a variable or placeholder matches a regular expression."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..module import MatcherModule
from .regexp import Regexp, fields_and_patterns


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> dict[str, Regexp]:
    """The patterns by variable; the last one wins."""
    found = {field: regexp for _, field, regexp in fields_and_patterns(lines, reader, "vars_regexp")}
    return dict(sorted(found.items()))


MATCHER = MatcherModule("vars_regexp", dict[str, Regexp], syntax)
