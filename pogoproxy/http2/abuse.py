"""What a peer may do only so often: frames that cost us more than him, or that bring a request no further.

Each kind has an allowance that refills with time. Who uses it up is told ENHANCE_YOUR_CALM and cut off. The bounds are
generous for real clients: a page that is left cancels a hundred requests at once, a proxy in front of us carries many
clients' cancellations on one connection, and gRPC measures round trips by PING.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

from .codes import Code, ConnectionFault


class Abuse(enum.Enum):
    """The kinds. The values are the names that counters and logs use."""

    RESET = "reset"
    """A stream cancelled by the client, or by us for its faults, before its answer was complete: each costs the start
    of a request and no place among the concurrent ones (rapid reset, CVE-2023-44487; provoked, CVE-2025-8671)."""
    REFUSED = "refused"
    """A stream beyond MAX_CONCURRENT_STREAMS."""
    PING = "ping"
    """CVE-2019-9512."""
    SETTINGS = "settings"
    """CVE-2019-9515."""
    EMPTY = "empty"
    """DATA without data that does not end its stream (CVE-2019-9518)."""
    WINDOW = "window"
    """A window opened by next to nothing (CVE-2019-9511)."""
    PRIORITY = "priority"
    """CVE-2019-9513; priorities are ignored (RFC 9113 section 5.3.2)."""
    IGNORED = "ignored"
    """Frames of unknown type, and frames for streams that have ended."""
    HEADERS = "headers"
    """Header lists above the limits, each of which is decoded at our cost (CVE-2016-6581)."""
    CONTINUATION = "continuation"
    """A header block in too many pieces (CVE-2024-27316); counted for each block, so never refilled by time."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many at once, and so many more for each second."""

    burst: int
    rate: int


ALLOWANCES = {
    Abuse.RESET: Allowance(500, 200),
    Abuse.REFUSED: Allowance(200, 20),
    Abuse.PING: Allowance(2000, 2000),
    Abuse.SETTINGS: Allowance(50, 1),
    Abuse.EMPTY: Allowance(100, 10),
    Abuse.WINDOW: Allowance(2000, 500),
    Abuse.PRIORITY: Allowance(1000, 100),
    Abuse.IGNORED: Allowance(1000, 100),
    Abuse.HEADERS: Allowance(20, 1),
}

MOST_CONTINUATIONS = 32
"""Of one header block. Go allows none that is empty; nghttp2 eight."""

SMALL_INCREMENT = 1024
"""Clients open windows when half is used, which is 32 KiB and more. Below this an update is counted."""


class Budget:
    """One connection's allowances, each `times` as large. `clock` is in seconds."""

    def __init__(self, clock: Callable[[], float], times: int = 1) -> None:
        self._clock = clock
        self._times = times
        self._left: dict[Abuse, tuple[float, float]] = {}
        self.exceeded: Abuse | None = None
        """What the peer was cut off for."""

    def spend(self, kind: Abuse) -> None:
        """One more; ConnectionFault if it is one too many."""
        now = self._clock()
        burst, rate = ALLOWANCES[kind].burst * self._times, ALLOWANCES[kind].rate * self._times
        left, since = self._left.get(kind, (burst, now))
        left = min(burst, left + (now - since) * rate) - 1
        if left < 0:
            raise self.fault(kind)
        self._left[kind] = (left, now)

    def fault(self, kind: Abuse) -> ConnectionFault:
        """The end for this peer."""
        self.exceeded = kind
        return ConnectionFault(Code.ENHANCE_YOUR_CALM, kind.value)
