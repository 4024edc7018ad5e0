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
from enum import Enum

from ..jobs.wire import Outcome


class State(Enum):
    """Where a task is."""

    QUEUED = "queued"
    SENT = "sent"
    RUNNING = "running"
    CANCELLING = "cancelling"
    ENDED = "ended"


MOVES: dict[State, frozenset[State]] = {
    State.QUEUED: frozenset({State.SENT, State.RUNNING, State.ENDED}),
    State.SENT: frozenset({State.QUEUED, State.RUNNING, State.CANCELLING}),
    State.RUNNING: frozenset({State.QUEUED, State.CANCELLING, State.ENDED}),
    State.CANCELLING: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
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
    state: State = State.QUEUED
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
            self.move(State.RUNNING)

    def move(self, state: State) -> None:
        """Go to `state`; IllegalMove if the table has no such move."""
        if state not in MOVES[self.state]:
            raise IllegalMove(f"task {self.id}: {self.state.value} -> {state.value}")
        self.state = state
