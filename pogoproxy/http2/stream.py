"""One stream as both sides see it (RFC 9113 sections 5.1 and 5.2): who has ended it, its windows, sending on it.

What comes in is the subclass's: a server's stream makes a request of it, a client's an answer.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from ..http.headers import HeaderList
from .codes import Code

if TYPE_CHECKING:
    from .session import Session


class Stream(ABC):
    """Known to its session from its first HEADERS until both sides have ended it, or one has reset it."""

    __slots__ = (
        "_unblocked",
        "ended_by_peer",
        "ended_by_us",
        "id",
        "receive_window",
        "reset_code",
        "send_window",
        "session",
        "unacknowledged",
    )

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.id = number
        self.send_window = session.peer.initial_window_size
        self.receive_window = session.stream_window
        self.unacknowledged = 0
        """Bytes that were taken from it, and whose place in the window was not given back yet."""
        self.ended_by_peer = False
        self.ended_by_us = False
        self.reset_code: Code | int | None = None
        """What ended it before its time."""
        self._unblocked: asyncio.Future[None] | None = None

    # What comes in.

    @abstractmethod
    def on_headers(self, block: bytes) -> None:
        """A header block; StreamFault if there should be none."""

    @abstractmethod
    def on_data(self, data: bytes) -> None:
        """A piece of the body, never empty."""

    @abstractmethod
    def on_end(self) -> None:
        """The peer sends no more; `ended_by_peer` is set."""

    @abstractmethod
    def on_reset(self) -> None:
        """The stream is over, by whichever side; `reset_code` is set."""

    # What goes out.

    def send_headers(self, fields: HeaderList, *, end: bool = False) -> None:
        """A header block; ConnectionError if the stream is over."""
        self._check()
        self.session.send_headers(self, fields, end=end)

    async def send(self, data: bytes, *, end: bool = False) -> None:
        """DATA as far as the windows and the socket allow, waiting for them; ConnectionError if the stream ends."""
        at, size = 0, len(data)
        while True:
            self._check()
            room = self.session.room(self)
            if room >= size - at:
                self.session.send_data(self, data[at:] if at else data, end=end)
                break
            if room > 0:
                self.session.send_data(self, data[at : at + room], end=False)
                at += room
            else:
                await self._room()
            if self.session.is_held_back():
                await self.session.writable()
        if self.session.is_held_back():
            await self.session.writable()

    def send_end(self) -> None:
        """Say that no more will come."""
        self._check()
        self.session.send_data(self, b"", end=True)

    def _check(self) -> None:
        if self.reset_code is not None:
            raise ConnectionResetError("the stream was reset")

    async def _room(self) -> None:
        self._unblocked = asyncio.get_running_loop().create_future()
        self.session.flow.wait(self)
        try:
            await self._unblocked
        finally:
            self._unblocked = None
            self.session.flow.waited(self)

    def unblock(self) -> None:
        """There may be room again, or no hope of any."""
        if self._unblocked is not None and not self._unblocked.done():
            self._unblocked.set_result(None)
