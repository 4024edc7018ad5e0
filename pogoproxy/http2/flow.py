"""The windows of a connection, which all its streams share (RFC 9113 section 5.2); each stream has two of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .codes import Code, ConnectionFault
from .frames import MAX_WINDOW
from .settings import DEFAULT_WINDOW

if TYPE_CHECKING:
    from .stream import Stream


class Flow:
    """`window` is what we let the peer send ahead of its readers."""

    __slots__ = ("_receive", "_unacknowledged", "_waiting", "_window", "send_window")

    def __init__(self, window: int) -> None:
        self.send_window = DEFAULT_WINDOW
        self._window = window
        self._receive = window
        self._unacknowledged = 0
        self._waiting: dict[Stream, None] = {}
        """Streams that have more to send than there is room for."""

    def take(self, size: int) -> None:
        """That many bytes have come; ConnectionFault if the peer had no leave."""
        if size > self._receive:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "more data than the connection's window")
        self._receive -= size

    def give_back(self, size: int) -> int:
        """That many bytes have left us again. By how much to open the window, which is done in large steps."""
        self._unacknowledged += size
        if self._unacknowledged < self._window // 4:
            return 0
        increment, self._unacknowledged = self._unacknowledged, 0
        self._receive += increment
        return increment

    def open(self, increment: int) -> None:
        """The peer lets us send more; ConnectionFault if that is nothing or too much."""
        if not increment:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "window opened by nothing")
        self.send_window += increment
        if self.send_window > MAX_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "window too large")
        self.unblock()

    def wait(self, stream: Stream) -> None:
        """A stream waits for room."""
        self._waiting[stream] = None

    def waited(self, stream: Stream) -> None:
        """It waits no longer."""
        self._waiting.pop(stream, None)

    def unblock(self) -> None:
        """Have all who wait look again."""
        for stream in self._waiting:
            stream.unblock()
