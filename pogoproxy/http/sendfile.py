"""sendfile(2) on the socket of a transport that has nothing to write itself.

uvloop has no `loop.sendfile`, and lets nobody watch a transport's descriptor. So it is duplicated, which also keeps it
from being another connection's, should the transport close it meanwhile.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Self

from ..errors import ClientGone
from .file_body import is_at_hand, shorter

_AT_ONCE = 8 * 1024 * 1024
"""Bytes for one call. A socket takes less than that, so that other connections have their turn."""


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
        self._loop.remove_writer(self._fd)
        os.close(self._fd)

    async def write(self, data: bytes) -> None:
        """Send bytes."""
        while data:
            try:
                data = data[os.write(self._fd, data) :]
            except BlockingIOError:
                await self._writable()
            except OSError:
                raise _gone() from None

    async def send_file(self, file: int, at: int, count: int) -> None:
        """Send a part of a file; HandlerError if the file has become shorter."""
        end = at + count
        while at < end:
            size = min(_AT_ONCE, end - at)
            if not is_at_hand(file, at + size - 1):
                # A read from the disk would stop the loop; a thread brings the bytes into the page cache.
                await asyncio.to_thread(os.pread, file, size, at)
            try:
                sent = os.sendfile(self._fd, file, at, size)
            except BlockingIOError:
                await self._writable()
                continue
            except OSError:
                raise _gone() from None
            if not sent:
                raise shorter()
            at += sent
            if sent == size:
                await asyncio.sleep(0)

    async def _writable(self) -> None:
        self._waits()
        ready: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_writer(self._fd, _set, ready)
        try:
            await ready
        finally:
            self._loop.remove_writer(self._fd)


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _gone() -> ClientGone:
    return ClientGone("the client left before its answer was complete")
