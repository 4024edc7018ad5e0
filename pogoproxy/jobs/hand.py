"""The jobs that a worker has in hand and has not begun. The broker may call them back."""

from __future__ import annotations

from collections import deque

from .wire import Frame

AHEAD = 8
"""How many jobs a worker takes beside the one that it runs."""


class Hand:
    """In the order in which they came."""

    def __init__(self) -> None:
        self._jobs: deque[Frame] = deque()

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def take(self, job: Frame) -> None:
        """One more."""
        self._jobs.append(job)

    def next(self) -> Frame | None:
        """The one to begin now."""
        try:
            return self._jobs.popleft()  # in one step, for a signal handler may give up the last one in between
        except IndexError:
            return None

    def holds(self, id: int) -> bool:
        """Whether that job is here."""
        return any(job.id == id for job in self._jobs)

    def give_up(self, id: int) -> bool:
        """That job will not begin here; False if it is not here, or not any more."""
        for job in self._jobs:
            if job.id == id:
                self._jobs.remove(job)
                return True
        return False

    def clear(self) -> list[int]:
        """Give up all, the last one first, so that they queue in their order."""
        ids = [job.id for job in reversed(self._jobs)]
        self._jobs.clear()
        return ids
