"""A line from each front to the PHP requests that it has under way, beside FastCGI, which cannot tell two things.

Up: a connection in a backlog cannot tell whether it was accepted. A script that begins connects here, so that a request
that waits for a process can be given up in time (FrankenPHP's `max_wait_time`).

Down: PHP notices that its client has left only when it writes. A script that spawns jobs connects here, too; if the
line ends without a word, the client has left, and its await ends with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from ...errors import UpstreamTimeout

VARIABLE = "POGO_REQUEST"

_ANSWERED = b"+"
"""The last word to a script whose answer is complete: it may go on, as after `fastcgi_finish_request()`."""

_MOST_REMEMBERED = 10_000
"""Requests whose clients have left that are remembered, for scripts that connect later."""

_opened = itertools.count(1)


@dataclass(slots=True)
class _Request:
    """One under way: how long it waits yet, and its line once the script has connected."""

    limit: asyncio.Timeout
    line: socket.socket | None = None


class Leash:
    """`longest_wait` in seconds is how long a request waits until it is begun with; 0 is without end."""

    def __init__(self, longest_wait: float = 0.0) -> None:
        self._longest_wait = longest_wait
        self._numbers = itertools.count(1)
        self._requests: dict[int, _Request] = {}
        self._left: dict[int, None] = {}
        self._listener: socket.socket | None = None
        self._path = Path()

    def open(self, folder: Path) -> None:
        """Listen in `folder`; does nothing the second time."""
        if self._listener is not None:
            return
        self._path = folder / f"leash-{os.getpid()}-{next(_opened)}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        self._listener.bind(str(self._path))
        self._listener.listen(1024)
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Listen no longer."""
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
            self._path.unlink(missing_ok=True)

    def request(self) -> tuple[int, str]:
        """A number, and what PHP is told: that, until when to begin (monotonic, 0 for whenever), where to connect."""
        number = next(self._numbers)
        until = time.monotonic() + self._longest_wait if self._longest_wait else 0.0
        return number, f"{number} {until:.3f} {self._path}"

    @contextlib.asynccontextmanager
    async def held(self, number: int) -> AsyncIterator[None]:
        """The time that a request is under way. UpstreamTimeout if it is not begun with, nor answered, in time."""
        try:
            async with asyncio.timeout(self._longest_wait or None) as limit:
                self._requests[number] = _Request(limit)
                yield
        except BaseException as error:
            self._leave(number)
            if isinstance(error, TimeoutError):
                raise UpstreamTimeout(f"no process of PHP was free within {self._longest_wait:g} s") from None
            raise
        _end(self._requests.pop(number).line, _ANSWERED)

    def begun(self, number: int) -> None:
        """The request has been begun with, and may take as long as it wants."""
        request = self._requests.get(number)
        if request is not None and not request.limit.expired():
            request.limit.reschedule(None)

    def _leave(self, number: int) -> None:
        """The client has left, or was sent away."""
        _end(self._requests.pop(number).line, b"")
        self._left[number] = None
        if len(self._left) > _MOST_REMEMBERED:
            del self._left[next(iter(self._left))]

    def _accept(self) -> None:
        assert self._listener is not None
        loop = asyncio.get_running_loop()
        with contextlib.suppress(BlockingIOError):
            while True:
                line, _ = self._listener.accept()
                line.setblocking(False)
                loop.add_reader(line, self._greet, line)

    def _greet(self, line: socket.socket) -> None:
        """The script has said which request it runs; one that has ended is told at once how."""
        asyncio.get_running_loop().remove_reader(line)
        try:
            number = int(line.recv(32))
        except (OSError, ValueError):
            return line.close()
        request = self._requests.get(number)
        if request is None:
            return _end(line, b"" if number in self._left else _ANSWERED)
        request.line = line
        return self.begun(number)


def _end(line: socket.socket | None, word: bytes) -> None:
    if line is not None:
        with contextlib.suppress(OSError):
            line.send(word)
        line.close()
