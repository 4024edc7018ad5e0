"""sendfile(2) on the socket of a transport that has nothing to write itself.

uvloop has no `loop.sendfile`, and lets nobody watch a transport's descriptor. So it is duplicated, which also keeps it
from being another connection's, should the transport close it meanwhile.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Self

from ..errors import ClientGone, HandlerError
from .file_body import is_at_hand, shorter

_AHEAD = 16 * 1024 * 1024
"""Bytes that are in memory before they are sent, and that one call may send. A socket takes less than that at a time,
so that other connections have their turn."""

_PIECE = 256 * 1024
"""Bytes that are read from the disk at once."""


class BareSocket:
    """A context manager. `waits` is called whenever the client has to take something before it gets more.

    Both methods raise ClientGone if the client leaves.
    """

    def __init__(self, descriptor: int, waits: Callable[[], None]) -> None:
        self._fd = os.dup(descriptor)
        self._waits = waits
        self._loop = asyncio.get_running_loop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        left = memoryview(data)

        def step() -> bool:
            nonlocal left
            left = left[os.write(self._fd, left) :]
            return not left

        await self._repeat(step)

    async def send_file(self, file: int, at: int, count: int) -> None:
        """Send a part of a file; HandlerError if the file has become shorter."""
        end = at + count

        def step() -> bool:
            nonlocal at
            sent = os.sendfile(self._fd, file, at, ahead - at)
            if not sent:
                raise shorter()
            at += sent
            return at == ahead

        while at < end:
            ahead = min(at + _AHEAD, end)
            if not is_at_hand(file, ahead - 1):
                # A read from the disk would stop the loop; a thread brings the bytes into the page cache.
                await asyncio.to_thread(_read, file, at, ahead)
            await self._repeat(step)

    async def _repeat(self, step: Callable[[], bool]) -> None:
        """Take a step whenever the socket has room, until it says that it was the last.

        The loop itself takes them: to wake this task for each would cost half as much as the kernel's work.
        """
        done: asyncio.Future[None] = self._loop.create_future()
        self._take(step, done)
        if not done.done():
            self._loop.add_writer(self._fd, self._take, step, done)
        try:
            await done
        finally:
            self._loop.remove_writer(self._fd)

    def _take(self, step: Callable[[], bool], done: asyncio.Future[None]) -> None:
        if done.done():
            return
        try:
            if step():
                done.set_result(None)
            else:
                self._waits()
        except BlockingIOError:
            self._waits()
        except OSError:
            done.set_exception(ClientGone("the client left before its answer was complete"))
        except HandlerError as error:
            done.set_exception(error)


def _read(file: int, at: int, end: int) -> None:
    for start in range(at, end, _PIECE):
        os.pread(file, _PIECE, start)
