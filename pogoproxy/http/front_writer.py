"""The writer at the end of the chain: what a front needs to know of an answer, in whatever protocol it goes out."""

from __future__ import annotations

import enum
from typing import Protocol

from .headers import HeaderList
from .writer import Writer


class Phase(enum.Enum):
    """How far an answer is; an answer only goes forward."""

    WAITING = 1
    HELD = 2
    """The head is decided, and waits for the first piece of the body to travel with."""
    STREAMING = 3
    FINISHED = 4
    SWITCHED = 5


WAITING, HELD, STREAMING, FINISHED, SWITCHED = Phase
"""Names of their own: by its class, a member costs Python 3.11 the call of a method of the metaclass."""


class FrontWriter(Writer, Protocol):
    """A `Writer` that can say what became of the answer."""

    phase: Phase
    status: int
    headers: HeaderList
    """The answer's headers as handlers left them, for the log; framing is not among them."""
    began: float
    """When the head was decided (`time.monotonic`); 0.0 if it never was."""
    sent: int
    """Bytes of the body so far, for the log."""

    def withdraw(self) -> None:
        """Forget a head that was not sent yet, so that an error may be answered instead."""
