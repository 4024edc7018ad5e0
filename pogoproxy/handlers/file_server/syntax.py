"""`file_server [<matcher>] [browse] { … }`.

fs <name>    root <path>    hide <files...>    index <names...>    status <code>
browse [<template>] { reveal_symlinks; sort <by> [<order>]; file_limit <number> }
precompressed [<formats...>]    etag_file_extensions <extensions...>
disable_canonical_uris    pass_thru
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from typing import Any

from ...adapt.adaptation import Adaptation
from ...adapt.directive import handler
from ...adapt.readers import status
from ...adapt.weak import integer
from ...caddyfile.cursor import Cursor
from ...caddyfile.suggest import did_you_mean
from ...caddyfile.syntax import Row, flag, read_block, text, texts
from .config import Browse, FileServer, Precompressed
from .hiding import is_hidden

FORMATS = ("br", "zstd", "gzip")
"""The formats of precompressed files, in the default order of preference."""

SORTS = ("name", "namedirfirst", "size", "time", "asc", "desc")
_UNKNOWN = "unknown subdirective '{}'"


def syntax(cursor: Cursor, adaptation: Adaptation) -> FileServer:
    """The file server; the configuration's own files are hidden."""
    word = cursor.maybe()
    if word and word.text != "browse":
        raise cursor.wrong_count()
    cursor.finish()
    fields = read_block(cursor, ROWS, given={"browse": Browse()} if word else {}, unknown=_UNKNOWN)
    return FileServer(**fields | {"hide": hiding(adaptation.files, fields.get("hide", ()))})


def hiding(files: Iterable[str], hide: tuple[str, ...]) -> tuple[str, ...]:
    """What is hidden with the configuration files among it."""
    for file in map(os.path.normpath, files):
        if not is_hidden(os.path.abspath(file), hide):  # noqa: PTH100
            # A bare name would hide all files that are called so.
            hide = (*hide, file if "/" in file else f"./{file}")
    return hide


def _browse(cursor: Cursor) -> Browse:
    template = cursor.maybe()
    given = {"template_file": template.text} if template else {}
    return Browse(**read_block(cursor, _BROWSE_ROWS, given=given, unknown=_UNKNOWN))


def _sort(cursor: Cursor) -> tuple[str, ...]:
    words = cursor.words()
    for word in words:
        if word.text not in SORTS:
            raise word.error(f"unknown sort option '{word.text}'", hint=did_you_mean(word.text, SORTS))
    return tuple(word.text for word in words)


def _file_limit(cursor: Cursor) -> int:
    words = cursor.words()
    try:
        (word,) = words
        return integer(word.text)
    except ValueError:
        raise cursor.error("file_limit should have an integer value") from None


def _precompressed(cursor: Cursor) -> dict[str, Any]:
    words = cursor.words()
    for word in words:
        if word.text not in FORMATS:
            module = f"http.precompressed.{word.text}"
            raise word.error(
                f"getting module named '{module}': module not registered: {module}",
                hint=did_you_mean(word.text, FORMATS),
            )
    formats = tuple(word.text for word in words) or FORMATS
    return {"precompressed": dict.fromkeys(sorted(formats), Precompressed()), "precompressed_order": formats}


def _not_canonical(cursor: Cursor) -> bool:
    cursor.finish()
    return False


_BROWSE_ROWS = {
    "reveal_symlinks": Row(
        "reveal_symlinks", flag, refuses={"reveal_symlinks": "Symlinks path reveal is already enabled"}
    ),
    "sort": Row("sort", _sort, adds=True),
    "file_limit": Row("file_limit", _file_limit, refuses={"file_limit": "file_limit is already enabled"}),
}

ROWS = {
    "fs": Row("fs", text, refuses={"fs": "file system already specified"}),
    "root": Row("root", text),
    "hide": Row("hide", texts, adds=True),
    "index": Row("index_names", texts),
    "browse": Row("browse", _browse, refuses={"browse": "browsing is already configured"}),
    "precompressed": Row("", _precompressed),
    "status": Row("status_code", status),
    "disable_canonical_uris": Row("canonical_uris", _not_canonical),
    "pass_thru": Row("pass_thru", flag),
    "etag_file_extensions": Row("etag_file_extensions", texts),
}

DIRECTIVE = handler("file_server", syntax)
