"""Frames on their way out: what one turn of the loop makes for all streams is one write, and one TLS record."""

from __future__ import annotations

import asyncio

_MOST = 64 * 1024
"""Bytes that are held until the end of the turn; beyond, the transport has to know, so that it can hold us back."""


class Outbox:
    """Collects for a transport."""

    __slots__ = ("_loop", "_pieces", "_size", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._pieces: list[bytes] = []
        self._size = 0

    def put(self, *pieces: bytes) -> None:
        """Send soon, in this order."""
        if not self._pieces:
            self._loop.call_soon(self.flush)
        self._pieces += pieces
        for piece in pieces:
            self._size += len(piece)
        if self._size > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send now."""
        if self._pieces:
            pieces, self._pieces = self._pieces, []
            self._size = 0
            if not self._transport.is_closing():
                self._transport.write(b"".join(pieces))
