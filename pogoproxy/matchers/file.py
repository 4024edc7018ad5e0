"""`file <files...> { root <path>; try_files <files...>; try_policy <policy>; split_path <delimiters...> }`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_row, text, texts
from ..module import MatcherModule

POLICIES = ("first_exist", "first_exist_fallback", "smallest_size", "largest_size", "most_recently_modified")


class FileMatcher(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A file below the root exists; with no files, the one that the path names."""

    fs: str = ""
    root: str = ""
    try_files: tuple[str, ...] = ()
    try_policy: str = ""
    split_path: tuple[str, ...] = ()


ROWS = {
    "root": Row("root", text),
    "try_files": Row("try_files", texts, adds=True),
    "try_policy": Row("try_policy", text),
    "split_path": Row("split_path", texts),
}


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> FileMatcher:
    """The files of all lines, and what their blocks say."""
    fields: dict[str, Any] = {"try_files": ()}
    for line in lines:
        fields["try_files"] += line.texts()
        for subdirective in line.block():
            read_row(subdirective, ROWS, fields, unknown="unrecognized subdirective: {}")
    return FileMatcher(**fields)


MATCHER = MatcherModule("file", FileMatcher, syntax)
