"""An event and its fields, read off what was logged: `"upstream is down target=%s"` and the target.

The words serve whoever has nothing but Python's own logging; in our logs the fields stand apart, as Caddy's do.
"""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any, NamedTuple

OURS = "pogoproxy"
"""The logger above all of our own. What libraries and applications log is left as it is."""

_KEY = re.compile(r"\s([a-z_]+)=")
_CONVERSION = re.compile(r"%[-#0 +]*\d*(?:\.\d+)?([a-zA-Z%])")
_PLAIN = ("%s", "%d", "%r")


class Field(NamedTuple):
    """A part of the words: the event itself, whose key is empty, or a field. it `wants` so many arguments."""

    key: str
    value: str
    wants: int


def event(record: logging.LogRecord) -> tuple[str, dict[str, Any]]:
    """The event, and its fields as values of JSON."""
    parts = _parts(record.msg) if _is_ours(record) else ()
    arguments = record.args or ()
    if not isinstance(arguments, tuple) or sum(part.wants for part in parts) != len(arguments) or not parts:
        return record.getMessage(), {}
    fields: dict[str, Any] = {}
    for part in parts:
        mine, arguments = arguments[: part.wants], arguments[part.wants :]
        fields[part.key] = _value(mine[0]) if part.value in _PLAIN else part.value % mine
    return str(fields.pop("")), fields


def _is_ours(record: logging.LogRecord) -> bool:
    return isinstance(record.msg, str) and (record.name == OURS or record.name.startswith(f"{OURS}."))


@lru_cache(512)  # templates are in the code, so there are only so many
def _parts(words: str) -> tuple[Field, ...]:
    head, *rest = _KEY.split(words)
    named = [("", head), *zip(rest[::2], rest[1::2], strict=True)]
    return tuple(Field(key, value, _count(value)) for key, value in named)


def _count(value: str) -> int:
    return sum(conversion != "%" for conversion in _CONVERSION.findall(value))


def _value(argument: object) -> object:
    if isinstance(argument, list | tuple):
        return [_value(each) for each in argument]
    return argument if argument is None or isinstance(argument, bool | int | float | str) else str(argument)
