"""A worker as the broker sees it: a connection that runs up to `slots` jobs at a time.

One with a single slot may have further jobs in its `hands`, which it begins in the order in which they came.

    SERVING ──> DRAINING ──> GONE
       └──> CONDEMNED ──> GONE

A CONDEMNED worker has ignored a cancel beyond its grace; it is killed as soon as no other task would die with it. GONE
is the end of the connection: its tasks then wait a moment for the supervisor's word on how the process died.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import Enum

from .task import IllegalMove, State, Task


class Standing(Enum):
    """Where a worker is."""

    SERVING = "serving"
    DRAINING = "draining"
    CONDEMNED = "condemned"
    GONE = "gone"


MOVES: dict[Standing, frozenset[Standing]] = {
    Standing.SERVING: frozenset({Standing.DRAINING, Standing.CONDEMNED, Standing.GONE}),
    Standing.DRAINING: frozenset({Standing.CONDEMNED, Standing.GONE}),
    Standing.CONDEMNED: frozenset({Standing.GONE}),
    Standing.GONE: frozenset(),
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
    standing: Standing = Standing.SERVING
    tasks: dict[int, Task] = field(default_factory=dict)
    ahead: OrderedDict[int, Task] = field(default_factory=OrderedDict)
    is_recalled: bool = False
    """What lies ahead has been called back, and no more is sent before the running job is done."""
    jobs: int = 0
    latest: Task | None = None
    """The task whose JOB is the last frame that was sent to it."""
    report: ExitReport | None = None

    def move(self, standing: Standing) -> None:
        """Go to `standing`; IllegalMove if the table has no such move."""
        if standing not in MOVES[self.standing]:
            raise IllegalMove(f"worker {self.pid}: {self.standing.value} -> {standing.value}")
        self.standing = standing

    def has_room(self) -> bool:
        """Whether it may be given a job now."""
        return self.is_serving() and len(self.tasks) < self.slots and not self.is_spent()

    def is_serving(self) -> bool:
        """Whether it takes jobs at all; one whose process is dead does not, though its connection may live on."""
        return self.standing is Standing.SERVING and self.report is None

    def is_spent(self) -> bool:
        """Whether it has been given all the jobs that it may get."""
        return 0 < self.max_jobs <= self.jobs + self.held()

    def held(self) -> int:
        """How many jobs it has, begun or not."""
        return len(self.tasks) + len(self.ahead)

    def takes_ahead(self, depth: int) -> bool:
        """Whether another job may be sent ahead, where up to `depth` may lie."""
        is_open = self.is_serving() and not self.is_recalled
        return is_open and len(self.ahead) < min(depth, self.hands) and not self.is_spent()

    def begin(self, task: Task, now: float) -> None:
        """It runs that job from now on."""
        task.begin(self.number, now)
        self.tasks[task.id] = task

    def count(self) -> None:
        """It has done a job."""
        self.jobs += 1
        self.is_recalled = False

    def give_back(self, id: int) -> Task | None:
        """Take a job out of its hands, even the one that it is thought to run; None if it has no such job."""
        return self.ahead.pop(id, None) or self.tasks.pop(id, None)

    def is_aging(self) -> bool:
        """Whether it is in the last tenth of its jobs: time to have another started."""
        return self.max_jobs > 0 and self.jobs + self.held() >= self.max_jobs - self.max_jobs // 10

    def is_expendable(self) -> bool:
        """Whether it is condemned and killing it costs no task that somebody waits for."""
        return self.standing is Standing.CONDEMNED and all(
            task.state is State.CANCELLING for task in self.tasks.values()
        )
