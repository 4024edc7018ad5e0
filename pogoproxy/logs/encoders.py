"""Encoders: an entry as one line of bytes, as JSON or for people; keys and formats are Caddy's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ..loggers.encoders import ConsoleEncoder, EntryEncoder
from ..loggers.encoders import JsonEncoder as JsonConfig
from .layout import layout, moment

Entry = dict[str, Any]
"""Caddy's keys first: `level`, `ts` (seconds since 1970), `logger`, `msg`; then whatever the event has."""

Encoder = Callable[[Entry], bytes]

_encode = msgspec.json.Encoder().encode

_COLORS = {"debug": 35, "info": 34, "warn": 33}
_RED = 31


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


@dataclass(frozen=True, slots=True)
class Look:
    """How an entry's own values are written; keys that are empty leave theirs out."""

    keys: dict[str, str] = field(default_factory=dict)
    """Other names for `level`, `ts`, `logger`, `caller`, `msg` and `stacktrace`."""
    time: Callable[[float], object] = float
    level: Callable[[str], str] = str
    duration: Callable[[float], object] = float
    ending: bytes = b"\n"

    def key(self, name: str) -> str:
        """What a value is called, nothing if it is left out."""
        return self.keys.get(name, name)

    def values(self, entry: Entry) -> Entry:
        """The entry with its own values so written, under their own names."""
        shown = {**entry, "level": self.level(entry["level"]), "ts": self.time(entry["ts"])}
        if isinstance(entry.get("duration"), float):
            shown["duration"] = self.duration(entry["duration"])
        return {name: value for name, value in shown.items() if self.key(name)}

    def json(self, entry: Entry) -> bytes:
        """A JSON object."""
        return _json({self.key(name): value for name, value in self.values(entry).items()}) + self.ending

    def console(self, entry: Entry) -> bytes:
        """Time, level, logger, caller and message between tabs, then the fields as JSON, then the stack."""
        rest = self.values(entry)
        first = [str(rest.pop(key)) for key in ("ts", "level", "logger", "caller", "msg") if key in rest]
        stack = rest.pop("stacktrace", "")
        line = "\t".join(first).encode(errors="backslashreplace")
        line += b"\t" + _json(rest) if rest else b""
        return line + (b"\n" + stack.encode(errors="backslashreplace") if stack else b"") + self.ending


def console(*, is_colored: bool) -> Encoder:
    """The lines that people read by default."""
    level = _LEVELS["color"] if is_colored else str.upper
    return Look(time=_time("wall_milli", local=False), level=level).console


def encoder_of(config: EntryEncoder) -> Encoder:
    """The encoder that a configuration describes."""
    if config == JsonConfig():
        return json
    is_console = isinstance(config, ConsoleEncoder)
    given = {name: getattr(config, f"{key}_key") for name, key in _KEYS.items()}
    look = Look(
        keys={name: key for name, key in given.items() if key is not None},
        time=_time(config.time_format or ("wall_milli" if is_console else ""), local=config.time_local),
        level=_LEVELS.get(config.level_format or ("color" if is_console else ""), str),
        duration=_DURATIONS.get(config.duration_format, float),
        ending=b"\n" if config.line_ending is None else config.line_ending.encode(errors="surrogateescape"),
    )
    return look.console if is_console else look.json


_KEYS = {
    "level": "level",
    "ts": "time",
    "logger": "name",
    "caller": "caller",
    "msg": "message",
    "stacktrace": "stacktrace",
}
"""What an entry's own values are called in the configuration."""


def _time(name: str, *, local: bool) -> Callable[[float], object]:
    match name:
        case "" | "unix_seconds_float":
            return float
        case "unix_milli_float":
            return lambda seconds: seconds * 1000
        case "unix_nano":
            return lambda seconds: int(seconds * 1e9)
    write = layout(name)
    return lambda seconds: write(moment(seconds, local=local or name == "iso8601"))


def _colored(level: str) -> str:
    return f"\x1b[{_COLORS.get(level, _RED)}m{level.upper()}\x1b[0m"


_LEVELS: dict[str, Callable[[str], str]] = {"upper": str.upper, "color": _colored}


def _go_duration(seconds: float) -> str:
    """As Go prints a duration: `1.5ms`, `1m2.5s`."""
    nanos = round(seconds * 1e9)
    for unit, size in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if nanos < size * 1000:
            return f"{nanos / size:.9f}".rstrip("0").rstrip(".") + unit
    minutes, rest = divmod(nanos, 60 * 10**9)
    text = f"{rest / 1e9:.9f}".rstrip("0").rstrip(".") + "s"
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else "") + text


_DURATIONS: dict[str, Callable[[float], object]] = {
    **dict.fromkeys(("ns", "nano", "nanos"), lambda seconds: round(seconds * 1e9)),
    **dict.fromkeys(("ms", "milli", "millis"), lambda seconds: int(seconds * 1000)),
    "string": _go_duration,
}
