"""How long a request waits until one of php-fpm's processes has begun with it (FrankenPHP's `max_wait_time`).

A connection in a backlog cannot tell whether it was accepted, so PHP says so itself: `jobs/php/prepend.php` sends the
request's number to a datagram socket. It also ends at once what it comes to when nobody waits any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

from ...errors import UpstreamTimeout

VARIABLE = "POGO_BEGUN"

_opened = itertools.count(1)


class Patience:
    """`seconds` for each request. `open` comes before the first one."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._numbers = itertools.count(1)
        self._limits: dict[int, asyncio.Timeout] = {}
        self._socket: socket.socket | None = None
        self._path = Path()

    def open(self, folder: Path) -> None:
        """Listen in `folder`; does nothing the second time."""
        if self._socket is not None:
            return
        self._path = folder / f"begun-{os.getpid()}-{next(_opened)}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(self._path))
        asyncio.get_running_loop().add_reader(self._socket, self._take_in)

    def close(self) -> None:
        """Listen no longer."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._path.unlink(missing_ok=True)

    def request(self) -> tuple[int, str]:
        """A number, and what PHP is told: where to send it, and until when (on the monotonic clock, in seconds)."""
        number = next(self._numbers)
        return number, f"{number} {time.monotonic() + self._seconds:.3f} {self._path}"

    @contextlib.asynccontextmanager
    async def limit(self, number: int) -> AsyncIterator[None]:
        """UpstreamTimeout if the request was not begun with in time; after that it may take as long as it wants."""
        try:
            async with asyncio.timeout(self._seconds) as limit:
                self._limits[number] = limit
                yield
        except TimeoutError:
            raise UpstreamTimeout(f"no process of PHP was free within {self._seconds:g} s") from None
        finally:
            self._limits.pop(number, None)

    def _take_in(self) -> None:
        assert self._socket is not None
        with contextlib.suppress(BlockingIOError, ValueError):
            while True:
                limit = self._limits.get(int(self._socket.recv(32)))
                if limit is not None and not limit.expired():
                    limit.reschedule(None)
