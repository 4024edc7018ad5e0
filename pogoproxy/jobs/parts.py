"""Partial results of a task that have arrived and were not taken yet; beyond the window the job waits."""

from __future__ import annotations

from collections import deque

UNBOUNDED = 1 << 30
"""A credit no job uses up: for a caller who wants only the end."""


class Parts:
    """First in, first out."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._waiting: deque[bytes] = deque()
        self._taken = 0
        self._is_ignored = False

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def add(self, part: bytes) -> None:
        """One has arrived."""
        if not self._is_ignored:
            self._waiting.append(part)

    def take(self) -> tuple[bytes, int]:
        """The next one; and how much credit to grant for what was taken, half a window at a time."""
        part = self._waiting.popleft()
        self._taken += 1
        if self._taken * 2 < self._window:
            return part, 0
        granted, self._taken = self._taken, 0
        return part, granted

    def ignore(self) -> int:
        """Nobody will take any more; the credit that lets the job run on, or 0 if it has that already."""
        self._waiting.clear()
        if self._is_ignored:
            return 0
        self._is_ignored = True
        return UNBOUNDED
