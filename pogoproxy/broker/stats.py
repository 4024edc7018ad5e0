"""What the broker counts. Every spawn is in exactly one outcome or still open, so the sums can be checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..jobs.wire import Outcome
from ..metrics import Histogram

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds in seconds; one more bucket takes the rest."""


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
