"""Encoders: an entry as one line of bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec

Entry = dict[str, Any]
"""Caddy's keys first: `level`, `ts` (seconds since 1970), `logger`, `msg`; then whatever the event has."""

Encoder = Callable[[Entry], bytes]

_encode = msgspec.json.Encoder().encode


def json(entry: Entry) -> bytes:
    """A JSON object, which collectors read."""
    return _json(entry) + b"\n"


def _json(value: Any) -> bytes:
    try:
        return _encode(value)
    except UnicodeEncodeError:  # bytes of a client's that are no UTF-8, kept as surrogates
        return _encode(_cleaned(value))


def _cleaned(value: Any) -> Any:
    """The value with what is no text replaced, as Go's encoder does it."""
    match value:
        case str():
            return value.encode(errors="surrogateescape").decode(errors="replace")
        case dict():
            return {_cleaned(key): _cleaned(item) for key, item in value.items()}
        case list() | tuple():
            return [_cleaned(item) for item in value]
        case _:
            return value


def console(entry: Entry) -> bytes:
    """`18:02:34.120 INFO  supervisor  ready role=…`, and what else the entry has as JSON behind it."""
    rest = dict(entry)
    moment, level, logger, message = (rest.pop(key, "") for key in ("ts", "level", "logger", "msg"))
    stack = rest.pop("stacktrace", "")
    clock = time.strftime("%H:%M:%S", time.localtime(moment)) + f".{int(moment * 1000) % 1000:03d}"
    line = f"{clock} {level.upper():5} {logger}  {message}".encode(errors="backslashreplace")
    line += b"  " + _json(rest) if rest else b""
    return line + (b"\n" + stack.encode(errors="backslashreplace") if stack else b"") + b"\n"
