"""Deadlines: a heap whose cancelled entries are swept before they outnumber the live ones.

Most tasks end long before their deadline, so a plain heap would hold every task of the last `max_wait` seconds.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_SLACK = 256


def earliest(*times: float | None) -> float | None:
    """The first of those that are set."""
    first = None
    for time in times:
        if time is not None and (first is None or time < first):
            first = time
    return first


class Deadlines(Generic[K]):
    """At most one deadline per key; setting it again replaces it."""

    def __init__(self) -> None:
        self._due: dict[K, float] = {}
        self._heap: list[tuple[float, int, K]] = []
        self._serial = 0  # ties are first come, first served, and keys need no order

    def __len__(self) -> int:
        return len(self._due)

    def get(self, key: K) -> float | None:
        """When `key` is due, if it is."""
        return self._due.get(key)

    def set(self, key: K, when: float) -> None:
        """`key` is due at `when`."""
        if self._due.get(key) == when:
            return
        self._due[key] = when
        self._serial += 1
        heapq.heappush(self._heap, (when, self._serial, key))

    def discard(self, key: K) -> None:
        """`key` is no longer due; unknown keys are fine."""
        if self._due.pop(key, None) is not None and len(self._heap) > 2 * len(self._due) + _SLACK:
            self._sweep()

    def next(self) -> float | None:
        """When the first key is due."""
        heap, due = self._heap, self._due
        while heap and due.get(heap[0][2]) != heap[0][0]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def pop_due(self, now: float) -> Iterator[K]:
        """Take out, one by one, the keys that are due at `now`."""
        while (when := self.next()) is not None and when <= now:
            key = heapq.heappop(self._heap)[2]
            del self._due[key]
            yield key

    def _sweep(self) -> None:
        due = self._due
        self._heap = [entry for entry in self._heap if due.get(entry[2]) == entry[0]]
        heapq.heapify(self._heap)
