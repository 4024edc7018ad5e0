"""Durations as Go and Caddy write them (`1m30s`, `2d`), and in seconds as Python wants them."""

from __future__ import annotations

import re

from .errors import ConfigError

NANOSECONDS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
}
"""Go's units, both of its micro signs, and Caddy's day."""

_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)", re.ASCII)
_LONGEST = 100
"""Characters; Python refuses to read numbers of thousands of digits, and nobody writes them."""
_LARGEST = 2**63 - 1


def nanoseconds(text: str) -> int:
    """The duration in nanoseconds, Caddy's JSON form; ConfigError if it is malformed or too long for 64 bits."""
    sign, rest = (-1, text[1:]) if text.startswith("-") else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total, end = 0, 0
    for part in _PART.finditer(rest[:_LONGEST]):
        if part.start() != end:
            break
        end = part.end()
        whole, _, fraction = part[1].partition(".")
        unit = NANOSECONDS[part[2]]
        total += int(whole or 0) * unit
        if fraction:
            total += int(fraction) * unit // 10 ** len(fraction)
    if not 0 < len(rest) <= _LONGEST or end != len(rest) or total > _LARGEST:
        raise ConfigError(f'invalid duration "{text}"')
    return sign * total


def seconds(duration: int | str) -> float:
    """A duration of the JSON config, nanoseconds or a text, in seconds."""
    return (nanoseconds(duration) if isinstance(duration, str) else duration) / 1_000_000_000
