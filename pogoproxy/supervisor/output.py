"""What children print: captured by line into the log, so that no print can touch a protocol or another's line."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterator

log = logging.getLogger(__name__)

LONGEST_LINE = 8192
"""Bytes; a longer line is logged in pieces, so that a child cannot fill the memory by never ending one."""

TAIL = 20
"""Lines of stderr kept to explain a death."""


class Lines:
    """Bytes into lines of bounded length."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that are complete with this data."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            yield from self._pieces(line)
        while len(self._rest) >= LONGEST_LINE:
            yield self._rest[:LONGEST_LINE].decode(errors="backslashreplace")
            self._rest = self._rest[LONGEST_LINE:]

    def end(self) -> Iterator[str]:
        """The last line, if it lacks its end."""
        rest, self._rest = self._rest, b""
        return self._pieces(rest) if rest else iter(())

    @staticmethod
    def _pieces(line: bytes) -> Iterator[str]:
        for start in range(0, max(1, len(line)), LONGEST_LINE):
            yield line[start : start + LONGEST_LINE].decode(errors="backslashreplace").rstrip("\r")


class Output(asyncio.Protocol):
    """Reads one stream of one child; `source` heads each line in the log."""

    def __init__(self, source: str, level: int) -> None:
        self.source = source
        self.level = level
        self.tail: deque[str] = deque(maxlen=TAIL)
        self._lines = Lines()
        self.routine = ""
        """Lines with this in them are news at most."""
        self._watched: tuple[str, Callable[[], None]] | None = None

    def watch_for(self, words: str, seen: Callable[[], None]) -> None:
        """Call `seen` once, at the first line that has these words in it."""
        self._watched = words, seen

    def data_received(self, data: bytes) -> None:
        """Log what is complete."""
        self._log(self._lines.feed(data))

    def connection_lost(self, exc: Exception | None) -> None:
        """Log what is left."""
        self._log(self._lines.end())

    def _log(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.tail.append(line)
            is_routine = self.routine and self.routine in line
            log.log(logging.INFO if is_routine else self.level, "%s: %s", self.source, line)
            if self._watched is not None and self._watched[0] in line:
                seen, self._watched = self._watched[1], None
                seen()
