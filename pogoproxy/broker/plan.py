"""What a pool is, as the configuration wants it."""

from __future__ import annotations

from dataclasses import dataclass

from ..jobs.wire import LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPlan:
    """One pool. Durations are seconds, sizes bytes.

    `secret` admits workers; when a plan comes with a new one, workers that joined with the old one finish what they
    run and are drained.
    """

    name: str
    slots: int
    secret: str
    max_wait: float = 30.0
    queue: int = 10_000
    queue_bytes: int = 256 << 20
    """Both bound what waits for a worker: beyond either, spawns are refused at once."""
    cancel_grace: float = 1.0
    limit: int = LIMIT
    max_jobs: int = 0
    """A worker is drained after this many jobs; 0 is never."""
    poison: int = 3
    """A job that killed this many workers in a row is refused from then on; 0 is never."""
