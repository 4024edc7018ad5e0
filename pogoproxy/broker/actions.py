"""What the core wants done. Callers and workers are named by the number of their connection.

Structs, since two are made for each job: a named tuple's constructor takes three times as long.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from ..jobs.wire import Outcome


class Deliver(Struct, frozen=True, gc=False):
    """Tell the caller how its task ended, and for how many seconds it has waited and run."""

    caller: int
    task: int
    outcome: Outcome
    body: bytes
    waited: float = 0.0
    ran: float = 0.0


class Assign(Struct, frozen=True, gc=False):
    """Hand a job to a worker; `remaining` is in milliseconds."""

    worker: int
    task: int
    remaining: int
    credit: int
    job: bytes


class TellCancel(Struct, frozen=True, gc=False):
    """Tell a worker that nobody wants this task any more."""

    worker: int
    task: int


class Recall(Struct, frozen=True, gc=False):
    """Call back a job that was sent ahead, if the worker has not begun it."""

    worker: int
    task: int


class Drain(Struct, frozen=True, gc=False):
    """Tell a worker to end after what it runs."""

    worker: int


class Kill(Struct, frozen=True, gc=False):
    """Have a worker's process killed; its slot returns when the connection ends."""

    pid: int
    reason: str


class Hire(Struct, frozen=True, gc=False):
    """Have one more process started for that pool."""

    pool: str


class Release(Struct, frozen=True, gc=False):
    """A worker's process is not to be replaced when it ends: another has been hired, or none is needed."""

    pid: int


class CutOff(Struct, frozen=True, gc=False):
    """Close a connection whose peer broke the protocol or is dead."""

    connection: int
    reason: str


class Part(Struct, frozen=True, gc=False):
    """Pass a partial result on to the caller."""

    caller: int
    task: int
    body: bytes


class Credit(Struct, frozen=True, gc=False):
    """Tell a worker that the caller takes `more` further partial results."""

    worker: int
    task: int
    more: int


Action: TypeAlias = Deliver | Assign | TellCancel | Recall | Drain | Kill | Hire | Release | CutOff | Part | Credit
