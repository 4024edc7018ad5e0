"""The table of children: who is wanted, who lives, who is late. It decides and touches no process.

Theory of operation. A role has slots, a slot has at most one child that is not gone. Whatever happens to a child
is told to this table (launched, ready, failed, exited, stopped) together with the time; the supervisor's loop
then asks it what to do (`vacancies`, `overdue`) and when to ask again (`next_deadline`). Until a role has shown
that it can start, and again while it fails, one slot tries for all: a broken application is loaded once a try,
not once a worker.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from .plan import Launch, Role

STABLE = 5.0
"""Seconds of service after which a death counts as an accident and no longer as part of a crash loop."""

FIRST_DELAY = 0.1
"""Backoff in seconds; the first replacement is immediate."""


class Life(Enum):
    """A child's life cycle."""

    STARTING = auto()
    READY = auto()
    STOPPING = auto()
    GONE = auto()


_MOVES = {
    Life.STARTING: {Life.READY, Life.STOPPING, Life.GONE},
    Life.READY: {Life.STOPPING, Life.GONE},
    Life.STOPPING: {Life.GONE},
    Life.GONE: set[Life](),
}


@dataclass(slots=True, eq=False)
class Child:
    """One process in a slot. `deadline` is when it is overdue in its present state; `since` is when that began."""

    role: str
    slot: int
    since: float
    deadline: float = math.inf
    pid: int | None = None
    life: Life = Life.STARTING
    reason: str = ""
    """Why it failed or is being ended, where that is known better than from its exit status."""

    def move(self, life: Life, now: float, deadline: float = math.inf) -> None:
        """Enter the next state; ValueError if the life cycle has no such move."""
        if life not in _MOVES[self.life]:
            raise ValueError(f"{self.role}[{self.slot}]: {self.life.name} cannot become {life.name}")
        self.life, self.since, self.deadline = life, now, deadline


@dataclass(slots=True)
class Crew:
    """A role's children, one a slot."""

    role: Role
    children: dict[int, Child] = field(default_factory=dict)
    slots: set[int] = field(init=False)
    """The slots to hold filled. A child outside of them lives on, and is not replaced."""
    failures: int = 0
    """Consecutive deaths without stable service between them."""
    retry_at: float = 0.0
    has_started: bool = False
    """At least one child of this role has said ready."""
    last_reason: str = ""
    exits: Counter[str] = field(default_factory=Counter)
    restarts: int = 0
    """Children that ended and left a slot to be filled again."""
    is_hopeless: bool = False
    """Its last failure cannot be helped by trying again."""
    is_retired: bool = False

    def __post_init__(self) -> None:
        self.slots = set(range(len(self.role.launches)))

    def lives(self, life: Life) -> list[Child]:
        """The children in that state, in the order of slots."""
        return [child for _, child in sorted(self.children.items()) if child.life is life]

    @property
    def is_complete(self) -> bool:
        """Every slot has a ready child."""
        return self.slots <= {child.slot for child in self.lives(Life.READY)}

    def vacancies(self, now: float) -> list[int]:
        """The slots to launch now."""
        if self.is_retired or now < self.retry_at:
            return []
        empty = sorted(self.slots - self.children.keys())
        if (self.has_started or not self.role.is_probed) and not self.failures:
            return empty
        return empty[:1] if not self.lives(Life.STARTING) else []

    def has_left(self, was: Life, how: str) -> bool:
        """Whether a child in that state that ended so has gone of its own accord, as this role's may."""
        return was is Life.READY and how == "0" and self.role.may_leave

    def _failed(self, now: float) -> None:
        self.failures += 1
        delay = 0.0 if self.failures == 1 else FIRST_DELAY * 2 ** min(self.failures - 2, 20)
        self.retry_at = now + min(delay, self.role.longest_delay)


class Children:
    """All crews. Times are monotonic seconds."""

    def __init__(self) -> None:
        self.crews: dict[str, Crew] = {}
        self._by_pid: dict[int, Child] = {}

    def __iter__(self) -> Iterator[Child]:
        return (child for crew in list(self.crews.values()) for child in list(crew.children.values()))

    def want(self, role: Role) -> None:
        """Add a role; ValueError if there is one of that name."""
        if role.name in self.crews:
            raise ValueError(f"role {role.name} exists")
        self.crews[role.name] = Crew(role)

    def vacancies(self, now: float) -> list[tuple[Role, int, Launch]]:
        """What to launch now; forks wait for a ready template."""
        found = []
        for crew in self.crews.values():
            for slot in crew.vacancies(now):
                launch = crew.role.launch(slot)
                if not launch.template or self.template_of(launch) is not None:
                    found.append((crew.role, slot, launch))
        return found

    def grow(self, name: str) -> None:
        """Want one more child of that role."""
        crew = self.crews[name]
        crew.slots.add(next(slot for slot in itertools.count() if slot not in crew.slots | crew.children.keys()))

    def release(self, child: Child) -> None:
        """Want no other in this child's place. It lives on until it ends."""
        self.crews[child.role].slots.discard(child.slot)

    def template_of(self, launch: Launch) -> Child | None:
        """The ready child that forks for this launch."""
        crew = self.crews.get(launch.template)
        ready = crew.lives(Life.READY) if crew else []
        return ready[0] if ready else None

    def launched(self, role: Role, slot: int, now: float) -> Child:
        """A child was launched into the slot; its pid may be known later."""
        child = Child(role.name, slot, now, now + role.boot_timeout)
        self.crews[role.name].children[slot] = child
        return child

    def named(self, child: Child, pid: int) -> None:
        """The child's pid is known."""
        child.pid = pid
        self._by_pid[pid] = child

    def by_pid(self, pid: int) -> Child | None:
        """The child with that pid; None for a stranger."""
        return self._by_pid.get(pid)

    def ready(self, child: Child, now: float) -> None:
        """The child serves."""
        if child.life is not Life.STARTING:
            return
        child.move(Life.READY, now)
        self.crews[child.role].has_started = True

    def failed(self, child: Child, reason: str, *, is_final: bool) -> None:
        """The child says why it cannot start; its exit is yet to come."""
        crew = self.crews[child.role]
        child.reason = crew.last_reason = reason
        crew.is_hopeless = is_final

    def stopping(self, child: Child, now: float, grace: float) -> None:
        """The child was told to end; it is overdue after `grace` seconds."""
        if child.life in (Life.STARTING, Life.READY):
            child.move(Life.STOPPING, now, now + grace)

    def exited(self, child: Child, how: str, now: float) -> None:
        """The child is gone; `how` is for the counters."""
        crew = self.crews[child.role]
        was, served = child.life, now - child.since
        child.move(Life.GONE, now)
        crew.children.pop(child.slot, None)
        crew.exits[how] += 1
        crew.restarts += child.slot in crew.slots
        if child.pid is not None:
            self._by_pid.pop(child.pid, None)
        if was is Life.STOPPING or crew.has_left(was, how):  # an end that was asked for, or is allowed, is no failure
            return
        crew.last_reason = child.reason or f"ended with {how}"
        if was is Life.READY and served >= STABLE:
            crew.failures, crew.retry_at = 0, now
        else:
            crew._failed(now)

    def settle(self, now: float) -> None:
        """Forget the failures of crews whose children have all served for a while."""
        for crew in self.crews.values():
            if crew.failures and crew.is_complete and all(now - c.since >= STABLE for c in crew.children.values()):
                crew.failures = 0

    def retire(self, name: str) -> list[Child]:
        """Want the role no longer; returns the children to stop."""
        crew = self.crews[name]
        crew.is_retired = True
        return [child for child in crew.children.values() if child.life is not Life.STOPPING]

    def forget(self, name: str) -> None:
        """Drop a retired role that has no child left."""
        del self.crews[name]

    def overdue(self, now: float) -> list[Child]:
        """The children that let a deadline pass."""
        return [child for child in self if child.deadline <= now]

    def next_deadline(self, now: float) -> float:
        """When to look again at the latest; infinity if nothing is due."""
        deadlines = [child.deadline for child in self]
        for crew in self.crews.values():
            if not crew.is_retired and crew.retry_at > now:
                deadlines.append(crew.retry_at)
        return min(deadlines, default=math.inf)
