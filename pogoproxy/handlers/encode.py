"""`encode [<matcher>] [<formats...>] { gzip [<level>]; zstd [<level>] { … }; minimum_length <bytes>; match … }`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.emit import plain
from ..adapt.readers import integer_of, number
from ..caddyfile.cursor import Cursor
from ..caddyfile.mistakes import Mistakes
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.syntax import Row, read_block
from ..caddyfile.tree import Word
from ..module import Handler
from .response_matcher import ResponseMatcher, read_response_matcher

DEFAULT_FORMATS = ("zstd", "gzip")
ZSTD_LEVELS = ("fastest", "default", "better", "best")


class Gzip(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`level` is 1 to 9; 0 is 5."""

    level: int = 0


class Zstd(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`level` is a word, `default` by default; `checksum` adds four bytes to each frame."""

    level: str = ""
    checksum: bool | None = None


class Brotli(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """FrankenPHP's encoder; `quality` is 0 to 11."""

    quality: int | None = None


class Encode(Handler, frozen=True, tag="encode"):
    """Compresses answers of at least `minimum_length` bytes (512) that `match`, by default texts by their type.

    Of what the client accepts equally, the first in `prefer` is taken.
    """

    encodings: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)
    prefer: tuple[str, ...] = ()
    minimum_length: int = 0
    match: ResponseMatcher | None = None


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

ENCODERS: Mapping[str, Callable[[Cursor], msgspec.Struct]] = {"br": _brotli, "gzip": _gzip, "zstd": _zstd}
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
    reader = ENCODERS.get(word.text)
    if reader is None:
        raise word.error(
            f"getting module named '{word.text}': module not registered: http.encoders.{word.text}",
            hint=did_you_mean(word.text, (*ENCODERS, "minimum_length", "match")),
        )
    return reader


DIRECTIVE = handler("encode", syntax)
