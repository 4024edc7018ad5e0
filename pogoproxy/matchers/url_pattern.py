"""`url_pattern <pattern> { base_url <url>; ignore_case }`: the URL matches a pattern (WHATWG URL Pattern)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import flag, read_row, rows, text
from ..errors import ConfigError
from ..http.exchange import Predicate
from ..module import Context, MatcherModule


class URLPattern(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A pattern, possibly relative to a base."""

    pattern: str = ""
    base_url: str = ""
    ignore_case: bool = False


ROWS = rows(base_url=text, ignore_case=flag)


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> URLPattern:
    """The last line's pattern."""
    fields: dict[str, Any] = {}
    for line in lines:
        if line.remaining != 1:
            raise line.error("expected exactly one URL pattern")
        fields["pattern"] = line.text()
        for option in line.block():
            read_row(option, ROWS, fields, unknown="unrecognized url_pattern option '{}'")
    return URLPattern(**fields)


def provision(config: URLPattern, context: Context) -> Predicate:
    """Never; ConfigError with what to use in its place."""
    raise ConfigError("url_pattern is not supported; path_regexp and host match the same")


MATCHER = MatcherModule("url_pattern", URLPattern, syntax, provision)
