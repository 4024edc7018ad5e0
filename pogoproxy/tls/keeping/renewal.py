"""When a certificate is renewed, and when a failed attempt is repeated."""

from __future__ import annotations

RATIO = 1 / 3
"""The last part of a certificate's life, in which it is renewed."""
_EMERGENCY = 1 / 50
ASK_INTERVAL = 6 * 3600.0
"""Seconds after which an authority is asked again when it wants a renewal; Let's Encrypt asks for that."""

_MINUTE, _HOUR = 60.0, 3600.0
_DELAYS = (
    *(1 * _MINUTE, 2 * _MINUTE, 2 * _MINUTE, 5 * _MINUTE),
    *(10 * _MINUTE,) * 3,
    *(20 * _MINUTE,) * 4,
    *(30 * _MINUTE,) * 6,
    *(1 * _HOUR,) * 3,
    *(2 * _HOUR,) * 2,
    *(3 * _HOUR,) * 2,
)
_LONGEST = 6 * _HOUR
"""Let's Encrypt allows five failures an hour for a name, which two attempts may use up. Further ones begin with its
staging area, which allows sixty; these delays, which are Caddy's, stay below that."""


def due_at(not_before: float, not_after: float, ratio: float = 0, *, wanted: float = 0) -> float:
    """When to renew, in seconds since 1970. `wanted` is when the authority says (RFC 9773); in the last moments of a
    certificate's life nobody is listened to."""
    lifetime = not_after - not_before
    usual = not_after - lifetime * (ratio or RATIO)
    last = not_after - lifetime * _EMERGENCY
    return min(wanted or usual, last)


def retry_delay(failures: int) -> float:
    """Seconds after so many failures in a row, at least one."""
    return _DELAYS[failures - 1] if failures <= len(_DELAYS) else _LONGEST
