"""The idle connections of one target. Decides which to use and which to close; closing is the caller's.

Last in, first out: the fewest connections stay warm, and the one least likely to have been closed by the upstream is
taken. A connection in use is nobody's but its request's.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, Protocol, TypeVar


class Pooled(Protocol):
    """What the pool must know of a connection."""

    idle_since: float

    def is_usable(self) -> bool:
        """Whether a request may be written to it: open, and nothing unasked for has arrived."""

    def close(self) -> None:
        """End it."""


P = TypeVar("P", bound=Pooled)


class Pool(Generic[P]):
    """`limit` idle connections at most, each for `idle_timeout` seconds."""

    def __init__(self, limit: int = 512, idle_timeout: float = 120.0) -> None:
        self.limit = limit
        self.idle_timeout = idle_timeout
        self.is_watched = False
        """Whether a timer will ask for the expired ones."""
        self._idle: deque[P] = deque()

    def __len__(self) -> int:
        return len(self._idle)

    def __repr__(self) -> str:
        return f"<Pool {len(self._idle)} idle>"

    def take(self, now: float) -> P | None:
        """The connection to use, or None to dial one."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable() and now - connection.idle_since < self.idle_timeout:
                return connection
        return None

    def put(self, connection: P, now: float) -> P | None:
        """Keep a connection for the next request; returns the one to close instead, if there are too many."""
        connection.idle_since = now
        self._idle.append(connection)
        return self._idle.popleft() if len(self._idle) > self.limit else None

    def forget(self, connection: P) -> None:
        """The connection closed by itself."""
        if connection in self._idle:
            self._idle.remove(connection)

    def expired(self, now: float) -> list[P]:
        """Take out and return those that were idle for too long."""
        found = []
        while self._idle and now - self._idle[0].idle_since >= self.idle_timeout:
            found.append(self._idle.popleft())
        return found

    def empty(self) -> list[P]:
        """Take out and return all."""
        found = list(self._idle)
        self._idle.clear()
        return found
