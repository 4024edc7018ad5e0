"""What is on a connection before HTTP: a proxy's header, a handshake, the first bytes that tell the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .downstream import Downstream

if TYPE_CHECKING:
    from .server import Server


class Prelude(Downstream):
    """A connection on which no request has come, and whose end is that another `Downstream` takes it."""

    __slots__ = ("_is_retired",)

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._is_retired = False

    def hand_over(self, following: Downstream, begin: Callable[[], None]) -> None:
        """Have `following` made known by `begin`, and retire it if this was retired; this is then out of it.

        It is forgotten first, or the client would count twice against the limit of connections.
        """
        self.server.connections.discard(self)
        begin()
        if self._is_retired:
            following.retire()

    def retire(self) -> None:
        """See `Downstream.retire`; it is for the connection that comes of this to act on it."""
        self._is_retired = True

    def close_if_idle(self) -> None:
        """See `Downstream.close_if_idle`; the first request may be on its way."""

    def is_fresh(self) -> bool:
        """See `Downstream.is_fresh`."""
        return True

    def expire(self) -> None:
        """See `Downstream.expire`."""
        self.cut()
