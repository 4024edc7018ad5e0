"""Sinks: where lines go. Whoever logs only puts a line into a bounded queue; a thread writes.

So a full disk, a slow terminal or a stopped reader never holds a request up. What does not fit is dropped, counted,
and told of once there is room again.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable

_MOST_LINES = 20_000
_LAST_LINES = 1.0
"""Seconds to write out what is queued when a sink is closed."""

_GATHERING = 0.03
"""Seconds that a line waits for others at most. A process that is killed loses what came in that time."""

_AT_ONCE = 256

_ATOMIC = select.PIPE_BUF
"""Bytes that a pipe takes at once or not at all (pipe(7)); beyond, the lines of two fronts could mix."""

Write = Callable[[bytes], None]


class Sink:
    """Writes lines in the background; `write` may block and may raise OSError, `put` does neither.

    Waking a thread costs more than making a line. So the first line wakes it, and what comes within `_GATHERING` is
    written with it, in one go.
    """

    def __init__(
        self,
        write: Write,
        most_lines: int = _MOST_LINES,
        name: str = "",
        close: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        """The log's, for counters."""
        self._write = write
        self._close = close
        self._most = most_lines
        self._lines: deque[bytes] = deque()
        self._ready = threading.Event()
        self._is_awake = False
        self._closing = threading.Event()
        # Two counters, since each thread may add to its own only.
        self._overflown = 0
        self._failed = 0
        self._told = 0
        self._thread = threading.Thread(target=self._run, name="log", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """Lines that were not written, since the queue was full or writing failed."""
        return self._overflown + self._failed

    def put(self, line: bytes) -> None:
        """Queue a line, or drop and count it."""
        if len(self._lines) >= self._most:
            self._overflown += 1
            return
        self._lines.append(line)
        if not self._is_awake:
            self._is_awake = True
            self._ready.set()

    def close(self) -> None:
        """Write what is queued, for a moment at most."""
        self._closing.set()
        self._ready.set()
        self._thread.join(_LAST_LINES)

    def _run(self) -> None:
        while not self._closing.is_set() or self._lines:
            self._ready.wait()
            self._ready.clear()
            self._closing.wait(_GATHERING)
            # From here on a new line wakes us again: either it is taken now, or there is another turn.
            self._is_awake = False
            self._flush()
        if self._close is not None:
            self._close()

    def _flush(self) -> None:
        while self._lines:
            lines = [self._lines.popleft() for _ in range(min(len(self._lines), _AT_ONCE))]
            dropped = self.dropped
            untold = dropped - self._told
            note = b'{"level":"warn","logger":"log","msg":"lines dropped count=%d"}\n' % untold if untold else b""
            try:
                self._write(b"".join(lines) + note)
                self._told = dropped
            except OSError:  # a full disk; there is nowhere to say it
                self._failed += len(lines)


def to_descriptor(fd: int) -> Write:
    """Write to a descriptor that stays the caller's, such as 1 and 2."""

    def write(data: bytes) -> None:
        while data:
            data = data[os.write(fd, data) :]

    return write


def to_stream(fd: int) -> Write:
    """The same for one that may be a pipe that several processes write to: whole lines only, as much as is atomic."""
    write = to_descriptor(fd)

    def write_in_pieces(data: bytes) -> None:
        while len(data) > _ATOMIC:
            end = data.rfind(b"\n", 0, _ATOMIC) + 1 or data.find(b"\n") + 1 or len(data)
            write(data[:end])
            data = data[end:]
        write(data)

    return write_in_pieces


def discard(data: bytes) -> None:
    """Nowhere."""
