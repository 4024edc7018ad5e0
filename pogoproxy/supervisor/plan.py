"""What is wanted of the supervisor: roles, and for each of a role's slots how to launch its child."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start the child of one slot.

    `module` is run as `python -m module`, `command` is any program; a launch with a `template` is neither, but
    a fork of that role's one child. `fds` are inherited under the same numbers (exec only). `orders` is the
    JSON object that the child reads first on its control channel; a plain command has no channel and counts as
    ready at once, unless it `is_vouched` for, or a line of its stderr with `ready_line` in it is to say so.
    `environment` is added to the supervisor's own.
    """

    module: str = ""
    command: tuple[str, ...] = ()
    template: str = ""
    fds: tuple[int, ...] = ()
    orders: bytes = b"{}"
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: str | None = None
    python: str | None = None
    ready_line: str = ""
    routine: str = ""
    """Lines of its stderr with this in them are no warnings."""
    is_vouched: bool = False
    """It is ready when another says so (`Supervisor.vouch`), for it has no control channel to say it on."""
    is_ours: bool = False
    """It runs only our code: it may log to the supervisor's own stderr instead of being captured by line."""


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of child and as many of it as there are launches.

    `boot_timeout` is in seconds, from the launch until the child says ready.
    """

    title: str
    """What an operator calls it: `app shop.asgi:application`."""
    launches: tuple[Launch, ...]
    generation: int = 1
    boot_timeout: float = 60.0
    is_probed: bool = True
    """One slot tries first, since the application may not start at all; needless for our own code."""
    longest_delay: float = 30.0
    """Seconds that the backoff after failures grows to."""

    may_leave: bool = False
    """A child that serves may end with status 0 of its own accord, and is simply replaced: it has done its share."""

    stop_signal: signal.Signals = signal.SIGTERM
    """What tells a child to finish what it does and to end."""

    def launch(self, slot: int) -> Launch:
        """How to fill a slot; slots beyond the launches, of a role that has grown, are like the last."""
        return self.launches[min(slot, len(self.launches) - 1)]

    @property
    def name(self) -> str:
        """Unique in a supervisor: two generations of a role live side by side while one drains."""
        return f"{self.title}#{self.generation}"
