"""What the broker counts. Every spawn is in exactly one outcome or still open, so the sums can be checked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from ..jobs.wire import Outcome

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; one more bucket takes the rest."""


class Histogram:
    """Counts of durations by bucket, and their sum."""

    __slots__ = ("counts", "total")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """Count one duration."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.total += seconds

    def quantile(self, share: float) -> float | None:
        """The upper bound of the bucket that holds this share of the durations; None beyond the last, 0.0 for none."""
        rank, seen = share * sum(self.counts), 0
        for bound, count in zip((*BUCKETS, None), self.counts, strict=True):
            seen += count
            if count and seen >= rank:
                return bound
        return 0.0


@dataclass(frozen=True, slots=True)
class PoolStats:
    """A snapshot of one pool."""

    name: str
    slots: int
    workers: int
    busy: int
    queued: int
    spawned: int
    ended: Mapping[Outcome, int]
    wait: Histogram
    run: Histogram
    replaced: int = 0
    """Workers that were worn, and had another hired in their place."""
