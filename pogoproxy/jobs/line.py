"""A worker's line to the broker, heard even while a job occupies the main thread.

The kernel sends a signal when the broker writes (`O_ASYNC`), unless this process already waits for it in a read. The
signal's handler runs on the main thread, between two bytecodes of whatever runs there, and reads what came. No second
thread is needed, so that a job may fork and the hand-over of a job costs nothing.

The handler may interrupt this very file. So each read is done by one frame of the stack at a time: an inner one only
leaves word (`_has_news`); and `act`, which may raise into the job, is called only when no frame is half read or
written.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import fcntl
import os
import signal
import socket
from collections.abc import Callable
from types import FrameType

from . import wire
from .dial import CHUNK
from .wire import Frame, FrameReader, Kind

_getsignal = _signal.getsignal  # that of `signal` asks whether the handler is a member of an enum: 2 µs a job
_F_SETSIG = 10  # <fcntl.h>
_SIGNAL = signal.SIGRTMIN + 7  # one that applications hardly use


class Line:
    """The socket. `take_in` gets each frame and says what to answer; `act` is called after them, and may raise."""

    def __init__(
        self, sock: socket.socket, limit: int, take_in: Callable[[Frame], bytes], act: Callable[[], None]
    ) -> None:
        self.is_over = False
        self._sock = sock
        self._reader = FrameReader(limit)
        self._take_in = take_in
        self._act = act
        self._flags = fcntl.fcntl(sock, fcntl.F_GETFL)
        self._is_busy = False
        self._has_news = True  # for nothing has been said of what is there already
        self._handler = self._on_signal
        self._arm()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Block until the broker has said what makes `condition` true, or is gone.

        The condition is looked at while the handler keeps its hands off: what it took in between would be waited for
        in vain.
        """
        is_met = False
        while not is_met and not self.is_over:
            self._is_busy = True
            try:
                is_met = condition()
                if not is_met:
                    self._receive(0)
            finally:
                self._is_busy = False
            self._settle()

    def send(self, kind: Kind, id: int, payload: bytes) -> None:
        """Write a frame, whole. Whatever `act` would raise waits until it is written."""
        self._is_busy = True
        try:
            self._sock.sendall(wire.encode(kind, id, payload))
        finally:
            self._is_busy = False
        self._settle()

    def watch(self) -> None:
        """See to it that what the broker says interrupts the job that begins now; the last one may have taken the
        signal, and with it what was said."""
        if _getsignal(_SIGNAL) != self._handler:
            self._arm()
            self._has_news = True
        self._settle()

    def stop(self) -> None:
        """Hear nothing any more: the socket is about to be closed."""
        self._is_busy = True
        fcntl.fcntl(self._sock, fcntl.F_SETFL, self._flags)

    def _arm(self) -> None:
        signal.signal(_SIGNAL, self._handler)
        fcntl.fcntl(self._sock, _F_SETSIG, _SIGNAL)
        fcntl.fcntl(self._sock, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(self._sock, fcntl.F_SETFL, self._flags | os.O_ASYNC)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._has_news = True
        if not self._is_busy:
            self._settle()

    def _settle(self) -> None:
        """Take in all there is, then act on it."""
        while self._has_news:
            self._has_news = False
            self._is_busy = True
            try:
                self._receive(socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass
            finally:
                self._is_busy = False
        self._act()

    def _receive(self, flags: int) -> None:
        data = self._sock.recv(CHUNK, flags)
        if not data:
            self.is_over = True
        elif len(data) == CHUNK:  # what came behind it was no news while we waited in the read, and gives no signal
            self._has_news = True
        for frame in self._reader.feed(data):
            if answer := self._take_in(frame):
                self._sock.sendall(answer)
