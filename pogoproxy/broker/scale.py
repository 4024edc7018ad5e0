"""How many slots a pool wants now: more as soon as tasks wait, fewer only after a long calm, so that it never flaps.

It grows by one process while a task has waited `PATIENCE` for a slot and no process is starting. It shrinks to the
most that it has used in a whole window of `CALM`.
"""

from __future__ import annotations

from .deadlines import earliest

PATIENCE = 0.1
"""Seconds; FrankenPHP looks after 5 ms, but a pool's jobs are long, and a process costs more than a thread."""
PAUSE = 0.05
CALM = 30.0
SAMPLE = 1.0
"""Seconds between two looks at how much is used."""


class Scale:
    """Between `least` and `most` slots, in steps of one process. Times are monotonic seconds."""

    def __init__(self, least: int, most: int, step: int) -> None:
        self.target = least
        self.is_elastic = least < most
        """Whether there is anything to decide."""
        self._least = least
        self._most = most
        self._step = step
        self._next_growth = 0.0
        self._calm_at = 0.0
        self._peak = 0

    def look(self, now: float, used: int, oldest: float | None, *, is_short: bool) -> int:
        """By how many slots the target changes.

        `used` counts what runs and what waits, `oldest` is when the task spawned that has waited longest; a pool that
        `is_short` has processes that are still starting.
        """
        self._peak = max(self._peak, used)
        if oldest is not None and now >= max(oldest + PATIENCE, self._next_growth):
            self._next_growth = now + PAUSE
            return self._move(0 if is_short else self._step, now, used)
        if now >= self._calm_at and is_short:
            self._calm_at = now + SAMPLE
        elif now >= self._calm_at:
            needed = -(-self._peak // self._step) * self._step
            return self._move(min(0, needed - self.target), now, used)
        return 0

    def due(self, now: float, oldest: float | None) -> float | None:
        """When to look again."""
        sample = min(self._calm_at, now + SAMPLE) if self.target > self._least else None
        if oldest is None or self.target + self._step > self._most:
            return sample
        return earliest(sample, max(oldest + PATIENCE, self._next_growth))

    def _move(self, change: int, now: float, used: int) -> int:
        before, self.target = self.target, max(self._least, min(self._most, self.target + change))
        self._peak, self._calm_at = used, now + CALM
        return self.target - before
