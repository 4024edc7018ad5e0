"""Durations and sizes as Caddy writes them: durations as Go does, with days; sizes with decimal or binary prefixes.

What cannot be read raises ConfigError without a place; who knows the place raises it again at its word.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from .errors import ConfigError

_SECOND: Final = 1_000_000_000
_MINUTE: Final = 60 * _SECOND
_HOUR: Final = 60 * _MINUTE
NANOSECONDS: Final = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": _MINUTE,
    "h": _HOUR,
    "d": 24 * _HOUR,
}
"""Go's units, both of its micro signs (U+00B5 and the Greek letter), and Caddy's day."""

_DURATION_PART = re.compile(r"(?P<number>\d*(?:\.\d*)?)(?P<unit>[^\d.]*)", re.ASCII)
_MAX_DURATION: Final = 2**63 - 1
_MAX_TEXT: Final = 1024
"""Characters, the length that Caddy refuses; Python would take the square of a longer one to read it."""

_PREFIXES: Final = "kmgtpe"
_SIZES: Final = {"": 1, "b": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate(_PREFIXES, start=1)
    for suffix, base in (("", 1000), ("b", 1000), ("i", 1024), ("ib", 1024))
}
_SIZE = re.compile(r"(?P<number>[\d.,]*)(?P<unit>.*)", re.ASCII | re.DOTALL)
_SIZE_NUMBER = re.compile(r"\d+\.?\d*|\.\d+", re.ASCII)
_MAX_SIZE: Final = 2**64


def nanoseconds(text: str) -> int:
    """`1h30m`, `1.5s`, `10d`, `-1s` or `0` in nanoseconds, Caddy's JSON form; ConfigError in Go's words."""
    if len(text) > _MAX_TEXT:
        raise ConfigError("parsing duration: input string too long")
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total = at = 0
    while at < len(rest) or not rest:
        part = _DURATION_PART.match(rest, at)
        if part is None or part["number"] in ("", "."):
            raise ConfigError(f'time: invalid duration "{text}"')
        if not part["unit"]:
            raise ConfigError(f'time: missing unit in duration "{text}"')
        if part["unit"] not in NANOSECONDS:
            raise ConfigError(f'time: unknown unit "{part["unit"]}" in duration "{text}"')
        total += int(Decimal(part["number"]) * NANOSECONDS[part["unit"]])
        at = part.end()
    if total > _MAX_DURATION:
        raise ConfigError(f'time: invalid duration "{text}"')
    return sign * total


def seconds(duration: int | str) -> float:
    """A duration of the JSON config, nanoseconds or a text, in seconds."""
    return (nanoseconds(duration) if isinstance(duration, str) else duration) / _SECOND


def format_duration(duration: int) -> str:
    """Nanoseconds as Go prints them: `1h30m0s`, `1.5s`, `2ms`, `0s`."""
    sign = "-" if duration < 0 else ""
    rest = abs(duration)
    if rest < _SECOND:
        unit = next((unit for unit in ("ms", "µs", "ns") if rest >= NANOSECONDS[unit]), "s")
        return f"{sign}{_quotient(rest, NANOSECONDS[unit])}{unit}"
    hours, rest = divmod(rest, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    text = f"{_quotient(rest, _SECOND)}s"
    if hours or minutes:
        text = f"{minutes}m{text}"
    return sign + (f"{hours}h{text}" if hours else text)


def byte_count(text: str) -> int:
    """`10MB`, `64KiB`, `1.5 GB` or `1,000` in bytes; ConfigError if it is no size or would not fit in 64 bits."""
    part = _SIZE.fullmatch(text[: _MAX_TEXT + 1])
    assert part is not None  # it matches any text
    number, unit = part["number"].replace(",", ""), part["unit"].strip().lower()
    if len(text) > _MAX_TEXT or not _SIZE_NUMBER.fullmatch(number):
        raise ConfigError(f"'{text[:80]}' is not a size such as 10MB or 64KiB")
    if unit not in _SIZES:
        raise ConfigError(f"unhandled size name: {unit}")
    size = Decimal(number) * _SIZES[unit]
    if size >= _MAX_SIZE:
        raise ConfigError(f"too large: {text}")
    return int(size)


def format_size(size: int) -> str:
    """Bytes in the largest unit that needs no fraction, `64KiB` or `10MB`: what `byte_count` reads back unchanged."""
    for power in range(len(_PREFIXES), 0, -1):
        for base, infix in ((1024, "i"), (1000, "")):
            if size and size % base**power == 0:
                return f"{size // base**power}{_PREFIXES[power - 1].upper()}{infix}B"
    return f"{size}B"


def _quotient(value: int, unit: int) -> str:
    """Without trailing zeros and without floating point."""
    return f"{(Decimal(value) / unit).normalize():f}"
