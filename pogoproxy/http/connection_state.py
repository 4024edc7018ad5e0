"""The life of a downstream connection."""

from __future__ import annotations

import enum


class State(enum.IntEnum):
    """What the connection does; `MOVES` says what may follow. Integers, because their hash is cheap."""

    FRESH = 0
    """Nothing has arrived yet."""
    IDLE = 1
    HEAD = 2
    """Part of a head has arrived."""
    SERVING = 3
    LINGERING = 4
    """The last answer is out; what the client still sends is thrown away."""
    SWITCHED = 5
    CLOSED = 6


MOVES = {
    State.FRESH: {State.HEAD, State.SERVING, State.CLOSED},
    State.IDLE: {State.HEAD, State.SERVING, State.CLOSED},
    State.HEAD: {State.SERVING, State.CLOSED},
    State.SERVING: {State.SERVING, State.IDLE, State.LINGERING, State.SWITCHED, State.CLOSED},
    State.LINGERING: {State.CLOSED},
    State.SWITCHED: {State.CLOSED},
    State.CLOSED: set[State](),
}


class After(enum.Enum):
    """What becomes of the connection when an answer is done."""

    KEEP = 1
    CLOSE = 2
    CUT = 3
    """The answer broke off and its framing cannot tell; a reset does."""


FRESH, IDLE, HEAD, SERVING, LINGERING, SWITCHED, CLOSED = State
KEEP, CLOSE, CUT = After
"""Names of their own, as in `front_writer`."""
