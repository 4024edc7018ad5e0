"""What the core wants done. Callers and workers are named by the number of their connection."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from ..jobs.wire import Outcome


class Deliver(NamedTuple):
    """Tell the caller how its task ended, and for how many seconds it has waited and run."""

    caller: int
    task: int
    outcome: Outcome
    body: bytes
    waited: float = 0.0
    ran: float = 0.0


class Assign(NamedTuple):
    """Hand a job to a worker; `remaining` is in milliseconds."""

    worker: int
    task: int
    remaining: int
    credit: int
    job: bytes


class TellCancel(NamedTuple):
    """Tell a worker that nobody wants this task any more."""

    worker: int
    task: int


class Recall(NamedTuple):
    """Call back a job that was sent ahead, if the worker has not begun it."""

    worker: int
    task: int


class Drain(NamedTuple):
    """Tell a worker to end after what it runs."""

    worker: int


class Kill(NamedTuple):
    """Have a worker's process killed; its slot returns when the connection ends."""

    pid: int
    reason: str


class Hire(NamedTuple):
    """Have one more process started for that pool."""

    pool: str


class Release(NamedTuple):
    """A worker's process is not to be replaced when it ends: another has been hired, or none is needed."""

    pid: int


class CutOff(NamedTuple):
    """Close a connection whose peer broke the protocol or is dead."""

    connection: int
    reason: str


class Part(NamedTuple):
    """Pass a partial result on to the caller."""

    caller: int
    task: int
    body: bytes


class Credit(NamedTuple):
    """Tell a worker that the caller takes `more` further partial results."""

    worker: int
    task: int
    more: int


Action: TypeAlias = Deliver | Assign | TellCancel | Recall | Drain | Kill | Hire | Release | CutOff | Part | Credit
