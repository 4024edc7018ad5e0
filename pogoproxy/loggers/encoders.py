"""Encoders: how log entries are written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.weak import of_word
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, flag, read_block, text
from ..errors import ConfigError
from .filters import Filter, MultiRegexpFilter, RegexpFilter
from .log import Encoder


class EntryEncoder(Encoder, frozen=True):
    """What encoders have in common that write an entry themselves."""

    message_key: str | None = None
    level_key: str | None = None
    time_key: str | None = None
    name_key: str | None = None
    caller_key: str | None = None
    stacktrace_key: str | None = None
    line_ending: str | None = None
    time_format: str = ""
    time_local: bool = False
    duration_format: str = ""
    level_format: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Encoder:
        """`{ message_key <key>; …; time_format <format>; time_local; duration_format, level_format }`."""
        cursor.finish()
        return cls(**read_block(cursor, _ENTRIES))


_TEXTS = (
    "message_key",
    "level_key",
    "time_key",
    "name_key",
    "caller_key",
    "stacktrace_key",
    "line_ending",
    "time_format",
    "duration_format",
    "level_format",
)
_ENTRIES = {name: Row(name, text) for name in _TEXTS} | {"time_local": Row("time_local", flag)}


class ConsoleEncoder(EntryEncoder, frozen=True, tag="console"):
    """Lines for people."""


class JsonEncoder(EntryEncoder, frozen=True, tag="json"):
    """A JSON object a line. A key that is empty leaves its value out."""


class JournaldEncoder(Encoder, frozen=True, tag="journald"):
    """Another encoder's lines after the priority that journald reads, `<6>`."""

    wrap: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> JournaldEncoder:
        """`journald { wrap <encoder> … }`."""
        cursor.finish()
        wrap: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
        for line in cursor.block():
            if line.name != "wrap":
                raise line.error(f"unrecognized subdirective {line.name}")
            wrap = _wrapped(line, adaptation)
        return cls(wrap=wrap)


class AppendEncoder(Encoder, frozen=True, tag="append"):
    """Another encoder with fields that every entry has, texts with placeholders among them."""

    wrap: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    fields: dict[str, Any] = msgspec.field(default_factory=dict)

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> AppendEncoder:
        """`append { wrap <encoder> …; fields { <field> <value>; … } }`; fields may stand without their block."""
        cursor.finish()
        wrap, lines = _wrap_and_fields(cursor, adaptation)
        fields: dict[str, Any] = {}
        for line in lines:
            fields[line.name] = of_word(line.word())
            line.finish_line()
        return cls(wrap=wrap, fields=fields)


class FilterEncoder(Encoder, frozen=True, tag="filter"):
    """Another encoder of which some fields are filtered; `request>headers>Cookie` is a field within others."""

    wrap: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    fields: dict[str, msgspec.Raw] = msgspec.field(default_factory=dict)

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> FilterEncoder:
        """`filter { wrap <encoder> …; fields { <field> <filter> …; … } }`; fields may stand without their block."""
        cursor.finish()
        wrap, lines = _wrap_and_fields(cursor, adaptation)
        return cls(wrap=wrap, fields=_filters(lines, adaptation))


ENCODERS: tuple[type[Encoder], ...] = (AppendEncoder, ConsoleEncoder, FilterEncoder, JournaldEncoder, JsonEncoder)


def _wrapped(line: Cursor, adaptation: Adaptation) -> msgspec.Raw:
    return adaptation.emit(adaptation.guest(Encoder, line))


def _wrap_and_fields(cursor: Cursor, adaptation: Adaptation) -> tuple[msgspec.Raw | msgspec.UnsetType, list[Cursor]]:
    wrap: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    lines: list[Cursor] = []
    for line in cursor.block():
        if line.name == "wrap":
            wrap = _wrapped(line, adaptation)
        elif line.name == "fields":
            line.finish()
            lines += line.block()
        else:
            lines.append(line)
    return wrap, lines


def _filters(lines: list[Cursor], adaptation: Adaptation) -> dict[str, msgspec.Raw]:
    """The filters by field; regular expressions for one field are put together, other filters stand alone."""
    filters: dict[str, msgspec.Raw] = {}
    patterns: dict[str, list[RegexpFilter]] = {}
    for line in lines:
        found = adaptation.guest(Filter, line)
        if isinstance(found, RegexpFilter):
            patterns.setdefault(line.name, []).append(found)
        elif line.name in patterns:
            raise line.error(f"cannot mix regexp filters with other filter types for field {line.name}")
        elif line.name in filters:
            raise line.error(
                f"field {line.name} already has a filter; multiple non-regexp filters per field are not supported"
            )
        else:
            filters[line.name] = adaptation.emit(found)
    return filters | dict(_put_together(patterns, adaptation))


def _put_together(patterns: dict[str, list[RegexpFilter]], adaptation: Adaptation) -> Iterator[tuple[str, msgspec.Raw]]:
    for field, found in patterns.items():
        try:
            yield field, adaptation.emit(found[0] if len(found) == 1 else MultiRegexpFilter.of(found))
        except ConfigError as wrong:
            raise ConfigError(f"adding regexp operation for field {field}: {wrong.message}") from None
