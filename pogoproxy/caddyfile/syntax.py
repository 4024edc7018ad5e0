"""Subdirectives as declared rows: a name, the field that it fills, and how its arguments are read.

    ROWS = rows(read_timeout=duration, versions=texts, verbose_logs=flag)
    transport = HttpTransport(**read_block(cursor, ROWS))

Code is for the subdirectives whose shape is odd: any function of a cursor will do as a reader.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigError
from ..units import byte_count, nanoseconds
from .cursor import Cursor
from .mistakes import Mistakes
from .suggest import did_you_mean
from .tree import Segment

Reader = Callable[[Cursor], Any]
"""Takes what belongs to it from the cursor, arguments and block, and returns the field's value."""


@dataclass(frozen=True, slots=True)
class Row:
    """One subdirective. With `adds`, a repetition adds to a tuple; otherwise the last one wins.

    Where `field` is empty, `read` returns a mapping of the fields that are set.
    """

    field: str
    read: Reader
    adds: bool = False
    refuses: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Fields that must not be set before it, each with the mistake's words; its own, if it may not be repeated.

    In the words, `{}` is the argument."""


def rows(**readers: Reader) -> dict[str, Row]:
    """Rows whose subdirectives are named like their fields."""
    return {name: Row(name, read) for name, read in readers.items()}


Parts = Mapping[str, Mapping[str, Row]]
"""The rows of a block whose subdirectives fill several structs, by the name of the struct's place."""

UNKNOWN = "unrecognized subdirective {}"


def read_block(
    cursor: Cursor,
    known: Mapping[str, Row],
    *,
    given: Mapping[str, Any] | None = None,
    unknown: str = UNKNOWN,
) -> dict[str, Any]:
    """The fields that the block of a segment sets, after those that are `given`; ConfigError for a name that is no row.

    Each line is read by itself, so that all mistakes of a block are found at once: ConfigErrors if they are several.
    """
    fields = dict(given or {})
    mistakes = Mistakes()
    for line in cursor.block():
        with mistakes.gathered():
            read_row(line, known, fields, unknown=unknown)
    mistakes.settle()
    return fields


def read_parts(
    cursor: Cursor,
    parts: Parts,
    *,
    given: Mapping[str, Mapping[str, Any]] | None = None,
    unknown: str = UNKNOWN,
) -> dict[str, dict[str, Any]]:
    """The fields by part; a part that no line is about is absent. The rest is as in `read_block`."""
    places = {name: part for part, known in parts.items() for name in known}
    fields = {part: dict(known) for part, known in (given or {}).items()}
    mistakes = Mistakes()
    for line in cursor.block():
        with mistakes.gathered():
            part = places.get(line.name)
            if part is None:
                raise unrecognized(line, places, unknown)
            read_row(line, parts[part], fields.setdefault(part, {}), unknown=unknown)
    mistakes.settle()
    return fields


def read_row(line: Cursor, known: Mapping[str, Row], fields: dict[str, Any], *, unknown: str = UNKNOWN) -> None:
    """Read one subdirective into `fields`; ConfigError if it is no row or says more than its reader takes."""
    row = known.get(line.name)
    if row is None:
        raise unrecognized(line, known, unknown)
    for name, mistake in row.refuses.items():
        if name in fields:
            argument = line.peek()
            raise line.error(mistake.format(argument.text if argument else ""))
    value = row.read(line)
    line.finish_line()
    if not row.field:
        fields.update(value)
    else:
        fields[row.field] = (*fields.get(row.field, ()), *value) if row.adds else value


def parted(cursor: Cursor, is_own: Callable[[str], bool]) -> tuple[Cursor, Cursor]:
    """What is left of a segment as two: with the subdirectives that are its own by their names, and with the others.

    For a directive that stands for another one and hands on what it does not know itself.
    """
    segment = cursor.rest()
    if segment.block is None:
        return Cursor(segment), Cursor(segment)
    own = tuple(line for line in segment.block if is_own(line.name))
    others = tuple(line for line in segment.block if not is_own(line.name))
    return Cursor(Segment(segment.words, own)), Cursor(Segment(segment.words, others))


def unrecognized(line: Cursor, known: Mapping[str, object], unknown: str) -> ConfigError:
    """The mistake of a subdirective that is not known, with the nearest that is."""
    return line.segment.error(unknown.format(line.name), hint=did_you_mean(line.name, known))


def flag(cursor: Cursor) -> bool:
    """A subdirective that stands alone."""
    cursor.finish_line()
    return True


def text(cursor: Cursor) -> str:
    """One argument."""
    return cursor.text()


def texts(cursor: Cursor) -> tuple[str, ...]:
    """One or more arguments."""
    return cursor.texts(least=1)


def any_texts(cursor: Cursor) -> tuple[str, ...]:
    """Any number of arguments."""
    return cursor.texts()


def duration(cursor: Cursor) -> int:
    """One argument, a duration; in nanoseconds."""
    return _quantity(cursor, nanoseconds)


def size(cursor: Cursor) -> int:
    """One argument, a size such as `10MB`; in bytes."""
    return _quantity(cursor, byte_count)


def _quantity(cursor: Cursor, convert: Callable[[str], int]) -> int:
    word = cursor.word()
    try:
        return convert(word.text)
    except ConfigError as wrong:
        raise word.error(wrong.message) from None
