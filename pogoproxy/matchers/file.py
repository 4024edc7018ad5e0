"""`file <files...> { root <path>; try_files <files...>; try_policy <policy>; split_path <delimiters...> }`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_row, text, texts
from ..errors import ConfigError
from ..http.exchange import Exchange, Predicate
from ..http.file_search import POLICIES, FileSearch
from ..http.site_path import LOCAL, refuse_other
from ..module import Context, MatcherModule


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


def provision(config: FileMatcher, context: Context) -> Predicate:
    """Whether there is such a file; then `{http.matchers.file.*}` are set. ConfigError for what cannot run."""
    refuse_other(config.fs)
    if config.try_policy and config.try_policy not in POLICIES:
        raise ConfigError(f"unknown try policy {config.try_policy}", path="try_policy")
    patterns = config.try_files or ("{http.request.uri.path}",)
    search = FileSearch(config.root, patterns, config.try_policy, config.split_path).search

    def predicate(exchange: Exchange) -> bool:
        if exchange.vars.get("fs", "") not in LOCAL or (match := search(exchange)) is None:
            return False
        exchange.values |= {
            "http.matchers.file.relative": match.relative,
            "http.matchers.file.absolute": match.absolute,
            "http.matchers.file.remainder": match.remainder,
            "http.matchers.file.type": "directory" if match.is_folder else "file",
        }
        return True

    return predicate


MATCHER = MatcherModule("file", FileMatcher, syntax, provision)
