"""A name whose certificate is ours to get and to renew."""

from __future__ import annotations

import asyncio
import enum
import math
from dataclasses import dataclass, field

from .certificate import Certificate
from .policies import Policy


class Stage(enum.Enum):
    """`MOVES` says what may follow."""

    WAITING = enum.auto()
    """There is no certificate yet, or it is due at `due`."""
    WORKING = enum.auto()
    KEPT = enum.auto()
    """There is one, and nothing to be done until `due`."""


MOVES = {
    Stage.WAITING: {Stage.WORKING},
    Stage.WORKING: {Stage.WAITING, Stage.KEPT},
    Stage.KEPT: {Stage.WORKING},
}


@dataclass(eq=False)
class Managed:
    """`due` is when to look after it next, in seconds since 1970."""

    name: str
    policy: Policy
    stage: Stage = Stage.WAITING
    due: float = 0.0
    ask_at: float = math.inf
    """When to ask the authority again when it wants a renewal, if it has a say in that."""
    check_at: float = math.inf
    """When to see again whether the authority has revoked it, if it says where."""
    failures: int = 0
    reason: str = ""
    """Why there is no certificate, or no newer one."""
    certificate: Certificate | None = None
    is_replaced: bool = False
    """Whether the certificate is revoked, so that there must be another one, even one that lasts no longer."""
    is_key_spoilt: bool = False
    """Whether its key must not be used again."""
    done: asyncio.Event = field(default_factory=asyncio.Event)
    """The first attempt is over, well or badly."""

    @property
    def next(self) -> float:
        """When there is something to do for it."""
        return min(self.due, self.ask_at, self.check_at)

    def postpone(self, now: float, delay: float) -> None:
        """Do what was to be done after a delay, both in seconds; what was not yet due stays so."""
        if self.due <= now:
            self.due = now + delay
        # Nobody is asked meanwhile: what the authority says would plan the next attempt anew.
        self.ask_at, self.check_at = (max(at, now + delay) for at in (self.ask_at, self.check_at))

    def is_bettered_by(self, other: Certificate) -> bool:
        """Whether another process has put something into the storage that is to be taken."""
        mine = self.certificate
        if mine is None:
            return True
        return other.fingerprint != mine.fingerprint if self.is_replaced else other.not_after > mine.not_after

    def is_lacking(self) -> bool:
        """Whether there is no certificate, or no newer one in time."""
        return self.certificate is None or bool(self.reason)

    def move(self, to: Stage) -> None:
        """Go on."""
        assert to in MOVES[self.stage], f"{self.stage} to {to}"
        self.stage = to
