"""A connection whose protocol was switched: bytes in, bytes out, with back-pressure both ways."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

_HIGH_WATER = 64 * 1024
"""Bytes that wait for a reader before the transport is paused; the kernel's buffers come on top."""


class Stream(Protocol):
    """A connection as raw bytes, after the protocol was switched (RFC 9110 section 7.8)."""

    async def read(self) -> bytes:
        """The next bytes as they arrive; `b""` when the peer will send no more."""

    async def write(self, data: bytes) -> None:
        """Send, and wait until more may be given; ConnectionError when the peer is gone."""

    def write_eof(self) -> None:
        """Say that no more will be sent; the other direction stays open."""

    def close(self) -> None:
        """Close both directions; may be called twice."""


class RawStream:
    """Implements `Stream` over an asyncio transport; its protocol feeds it what arrives."""

    def __init__(self, transport: asyncio.Transport, writable: Callable[[], Awaitable[None]]) -> None:
        self._transport = transport
        self._writable = writable
        self._arrived: deque[bytes] = deque()
        self._waiting = 0
        self._eof = False
        self._paused = False
        self._reader: asyncio.Future[None] | None = None

    def feed(self, data: bytes) -> None:
        """The protocol's `data_received`."""
        self._arrived.append(data)
        self._waiting += len(data)
        if self._waiting > _HIGH_WATER and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def feed_eof(self) -> None:
        """The protocol's `eof_received` or `connection_lost`."""
        self._eof = True
        self._wake()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    async def read(self) -> bytes:
        """See `Stream.read`."""
        while not self._arrived:
            if self._eof:
                return b""
            self._reader = asyncio.get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        data = self._arrived.popleft() if len(self._arrived) == 1 else b"".join(self._arrived)
        self._arrived.clear()
        self._waiting = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def write(self, data: bytes) -> None:
        """See `Stream.write`."""
        if self._transport.is_closing():
            raise ConnectionResetError("the peer has gone")
        self._transport.write(data)
        await self._writable()

    def write_eof(self) -> None:
        """See `Stream.write_eof`; TLS cannot half-close, so there it closes."""
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._transport.close()

    def close(self) -> None:
        """See `Stream.close`."""
        self._transport.close()
