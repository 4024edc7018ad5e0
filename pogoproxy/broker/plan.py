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
    """A worker gets no more than so many jobs, and is replaced; 0 is never."""
    max_memory: int = 0
    """A worker is replaced when it has grown beyond so many bytes; 0 is never."""
    max_slots: int = 0
    """Under load the pool grows up to so many slots; 0 is never."""
    step: int = 1
    """Slots of one process."""
    poison: int = 3
    """A job that killed this many workers in a row is refused from then on; 0 is never."""
