"""Sampling: of many alike entries only some are kept."""

from __future__ import annotations

import time
from collections.abc import Callable

_MOST_KINDS = 4096
"""Kinds of entries that are told apart; messages may hold anything."""


class Sampler:
    """In each `interval` (seconds) the `first` entries of a level and message are kept, then every `thereafter`th."""

    def __init__(
        self, interval: float, first: int, thereafter: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._interval = interval
        self._first = first
        self._thereafter = thereafter
        self._clock = clock
        self._seen: dict[int, tuple[float, int]] = {}
        """By kind, when its interval ends and how many it had."""

    def keeps(self, level: int, message: str) -> bool:
        """Count an entry, and say whether it is kept."""
        kind = hash((level, message)) % _MOST_KINDS
        ends, count = self._seen.get(kind, (0.0, 0))
        now = self._clock()
        if now >= ends:
            ends, count = now + self._interval, 0
        count += 1
        self._seen[kind] = ends, count
        return count <= self._first or (count - self._first) % self._thereafter == 0
