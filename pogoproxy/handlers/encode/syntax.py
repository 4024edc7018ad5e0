"""`encode [<matcher>] [<formats...>] { gzip [<level>]; zstd [<level>] { … }; minimum_length <bytes>; match … }`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import handler
from ...adapt.emit import plain
from ...adapt.readers import integer_of, number
from ...caddyfile.cursor import Cursor
from ...caddyfile.mistakes import Mistakes
from ...caddyfile.suggest import did_you_mean
from ...caddyfile.syntax import Row, read_block
from ...caddyfile.tree import Word
from ..response_matcher import read_response_matcher
from .config import Encode
from .encoders import Brotli, Gzip, Zstd

DEFAULT_FORMATS = ("zstd", "gzip")
ZSTD_LEVELS = ("fastest", "default", "better", "best")


def _gzip(cursor: Cursor) -> Gzip:
    word = cursor.maybe()
    return Gzip(level=integer_of(word)) if word else Gzip()


def _brotli(cursor: Cursor) -> Brotli:
    word = cursor.maybe()
    return Brotli(quality=integer_of(word)) if word else Brotli()


def _zstd(cursor: Cursor) -> Zstd:
    word = cursor.maybe()
    given = {"level": _zstd_level(word)} if word else {}
    cursor.finish()
    return Zstd(**read_block(cursor, _ZSTD_ROWS, given=given, unknown="unknown subdirective '{}'"))


def _zstd_level(word: Word) -> str:
    if word.text.lower() not in ZSTD_LEVELS:
        levels = "', '".join(ZSTD_LEVELS)
        hint = did_you_mean(word.text, ZSTD_LEVELS)
        raise word.error(f"unexpected compression level, use one of '{levels}'", hint=hint)
    return word.text


def _no_checksum(cursor: Cursor) -> bool:
    cursor.finish()
    return False


_ZSTD_ROWS = {
    "level": Row(
        "level",
        lambda cursor: _zstd_level(cursor.word()),
        refuses={"level": "compression level already specified"},
    ),
    "disable_checksum": Row("checksum", _no_checksum, refuses={"checksum": "checksum already specified"}),
}

READERS: Mapping[str, Callable[[Cursor], msgspec.Struct]] = {"br": _brotli, "gzip": _gzip, "zstd": _zstd}
"""The formats, each with the reader of its settings."""


def syntax(cursor: Cursor, adaptation: Adaptation) -> Encode:
    """The formats of the block, then those of the line; the default ones if there are none."""
    words = cursor.words()
    fields: dict[str, Any] = {}
    encodings: dict[str, msgspec.Raw] = {}
    prefer: list[str] = []
    mistakes = Mistakes()
    for line in cursor.block():
        with mistakes.gathered():
            if line.name == "minimum_length":
                fields["minimum_length"] = number(line)
            elif line.name == "match":
                fields["match"] = read_response_matcher(line.rest())
            else:
                encodings[line.name] = plain(_encoder(line.current)(line))
                prefer.append(line.name)
            line.finish_line()
    mistakes.settle()
    for word in words:
        _encoder(word)
    for name in [word.text for word in words] or (() if prefer else DEFAULT_FORMATS):
        encodings[name] = plain({})
        prefer.append(name)
    return Encode(encodings=encodings, prefer=tuple(prefer), **fields)


def _encoder(word: Word) -> Callable[[Cursor], msgspec.Struct]:
    reader = READERS.get(word.text)
    if reader is None:
        raise word.error(
            f"getting module named '{word.text}': module not registered: http.encoders.{word.text}",
            hint=did_you_mean(word.text, (*READERS, "minimum_length", "match")),
        )
    return reader


DIRECTIVE = handler("encode", syntax)
