"""A task's life cycle. Each task ends in exactly one of the six outcomes, and the counters add up.

    QUEUED <─> RUNNING ──> ENDED
       │          └──> CANCELLING ──> ENDED
       └──> ENDED

Between QUEUED and RUNNING a task may be SENT: it lies in the hands of a worker that runs another. From there and from
RUNNING it goes back to QUEUED if the worker has not begun it and will not.

CANCELLING holds its place with the worker until the worker gives it back or dies, but the caller has its verdict
already: whatever the worker says about that task afterwards is dropped here and can reach nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from ..jobs.wire import Outcome


class State(IntEnum):
    """Where a task is. A number, for plain members of an Enum are hashed by a function in Python."""

    QUEUED = 0
    SENT = 1
    RUNNING = 2
    CANCELLING = 3
    ENDED = 4


# Names of their own: Python 3.11 looks for `State.QUEUED` in a method of the metaclass.
QUEUED, SENT, RUNNING, CANCELLING, ENDED = State

MOVES: dict[State, frozenset[State]] = {
    QUEUED: frozenset({SENT, RUNNING, ENDED}),
    SENT: frozenset({QUEUED, RUNNING, CANCELLING}),
    RUNNING: frozenset({QUEUED, CANCELLING, ENDED}),
    CANCELLING: frozenset({ENDED}),
    ENDED: frozenset(),
}


class IllegalMove(AssertionError):
    """A bug in the broker."""


@dataclass(slots=True, eq=False)
class Task:
    """One task's record. Times are those of the broker's monotonic clock, in seconds."""

    id: int
    caller: int
    pool: str
    job: bytes
    spawned: float
    deadline: float
    credit: int = 0
    started: float | None = None
    worker: int = 0
    parent: Task | None = None
    children: set[Task] = field(default_factory=set)
    state: State = QUEUED
    verdict: Outcome | None = None

    def times(self, now: float) -> tuple[float, float]:
        """Seconds that it has waited for a worker, and that it has run."""
        if self.started is None:
            return now - self.spawned, 0.0
        return self.started - self.spawned, now - self.started

    def begin(self, worker: int, now: float) -> None:
        """That worker runs it from now on. A cancel that it has not heard of yet goes on."""
        self.worker, self.started = worker, now
        if self.verdict is None:
            self.move(RUNNING)

    def move(self, state: State) -> None:
        """Go to `state`; IllegalMove if the table has no such move."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"task {self.id}: {self.state.name} -> {state.name}")
        self.state = state
