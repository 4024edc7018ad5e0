"""A worker as the broker sees it: a connection that runs up to `slots` jobs at a time.

One with a single slot may have further jobs in its `hands`, which it begins in the order in which they came.

    SERVING ──> DRAINING ──> GONE
       └──> CONDEMNED ──> GONE

A CONDEMNED worker has ignored a cancel beyond its grace; it is killed as soon as no other task would die with it. GONE
is the end of the connection: its tasks then wait a moment for the supervisor's word on how the process died.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from .task import CANCELLING, IllegalMove, Task


class Standing(IntEnum):
    """Where a worker is; numbers and names as those of `State`."""

    SERVING = 0
    DRAINING = 1
    CONDEMNED = 2
    GONE = 3


SERVING, DRAINING, CONDEMNED, GONE = Standing

MOVES: dict[Standing, frozenset[Standing]] = {
    SERVING: frozenset({DRAINING, CONDEMNED, GONE}),
    DRAINING: frozenset({CONDEMNED, GONE}),
    CONDEMNED: frozenset({GONE}),
    GONE: frozenset(),
}


@dataclass(frozen=True, slots=True)
class ExitReport:
    """How a worker's process ended: the code of `subprocess` (negative: signal), None if nobody could tell."""

    returncode: int | None = None
    stderr: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class Worker:
    """One worker; `number` is that of its connection."""

    number: int
    pid: int
    pool: str
    secret: str
    slots: int = 1
    hands: int = 0
    """How many jobs may lie `ahead`."""
    max_jobs: int = 0
    """It takes no more than so many; 0 is any number."""
    is_worn: bool = False
    """Its replacement has been hired, or it has done enough; it serves until the other has come."""
    standing: Standing = SERVING
    tasks: dict[int, Task] = field(default_factory=dict)
    ahead: dict[int, Task] = field(default_factory=dict)
    is_recalled: bool = False
    """What lies ahead has been called back, and no more is sent before the running job is done."""
    jobs: int = 0
    latest: Task | None = None
    """The task whose JOB is the last frame that was sent to it."""
    report: ExitReport | None = None

    def move(self, standing: Standing) -> None:
        """Go to `standing`; IllegalMove if the table has no such move."""
        if standing not in MOVES[self.standing]:
            raise IllegalMove(f"worker {self.pid}: {self.standing.name} -> {standing.name}")
        self.standing = standing

    def has_room(self) -> bool:
        """Whether it may be given a job now."""
        return len(self.tasks) < self.slots and self.is_serving() and not self.is_spent()

    def is_serving(self) -> bool:
        """Whether it takes jobs at all; one whose process is dead does not, though its connection may live on."""
        return self.standing is SERVING and self.report is None

    def is_spent(self) -> bool:
        """Whether it has been given all the jobs that it may get."""
        return 0 < self.max_jobs <= self.jobs + self.held()

    def held(self) -> int:
        """How many jobs it has, begun or not."""
        return len(self.tasks) + len(self.ahead)

    def takes_ahead(self, depth: int) -> bool:
        """Whether another job may be sent ahead, where up to `depth` may lie."""
        has_space = len(self.ahead) < min(depth, self.hands) and not self.is_recalled
        return has_space and self.is_serving() and not self.is_spent()

    def begin(self, task: Task, now: float) -> None:
        """It runs that job from now on."""
        task.begin(self.number, now)
        self.tasks[task.id] = task

    def finish(self, id: int) -> Task | None:
        """It has done that job; None if it does not run it."""
        self.jobs += 1
        self.is_recalled = False
        return self.tasks.pop(id, None)

    def take_up(self, now: float) -> Task:
        """It runs the first job of those in its hands from now on."""
        task = self.ahead.pop(next(iter(self.ahead)))
        self.begin(task, now)
        return task

    def give_back(self, id: int) -> Task | None:
        """Take a job out of its hands, even the one that it is thought to run; None if it has no such job."""
        return self.ahead.pop(id, None) or self.tasks.pop(id, None)

    def is_aging(self) -> bool:
        """Whether it is in the last tenth of its jobs: time to have another started."""
        return self.max_jobs > 0 and self.jobs + self.held() >= self.max_jobs - self.max_jobs // 10

    def is_expendable(self) -> bool:
        """Whether it is condemned and killing it costs no task that somebody waits for."""
        return self.standing is CONDEMNED and all(task.state is CANCELLING for task in self.tasks.values())
