"""A client's connection, whatever it speaks: its socket, its deadlines, and its place in the server's drain.

HTTP/1 (`connection`) and HTTP/2 derive from it; what they make of the bytes is theirs.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from abc import abstractmethod
from typing import TYPE_CHECKING, cast

from aiohttp.base_protocol import BaseProtocol

from ..errors import ClientGone
from .exchange import TlsSession
from .sendfile import BareSocket

if TYPE_CHECKING:
    from .server import Server

NEVER = float("inf")
"""A deadline that no clock reaches."""

_FIRST_REQUEST = 0.5
"""Seconds that a new client has for its request while the server drains; many open connections ahead of need."""


class Downstream(BaseProtocol):
    """An `asyncio.Protocol` that a server knows from `connection_made` to `connection_lost`."""

    __slots__ = ("local", "read_deadline", "remote", "scheme", "server", "tls", "write_deadline")

    def __init__(self, server: Server) -> None:
        super().__init__(server.loop)
        self.server = server
        self.read_deadline = self.write_deadline = NEVER
        """When the server's sweep calls `expire`, on the loop's clock. One sweep a second for all connections
        instead of timers: a timer to arm and cancel costs more than parsing a small request."""
        self.remote: tuple[str, int] = ("@", 0)
        self.local: tuple[str, int] = ("@", 0)
        self.tls: TlsSession | None = None
        self.scheme = "http"
        """The scheme of what is asked for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to be known. The base class would set TCP_NODELAY, as every loop has done already; a whole `socket`
        object and a system call more."""
        self.transport = cast(asyncio.Transport, transport)
        self.remote = _address(transport, "peername")
        self.local = _address(transport, "sockname")
        self.tls = transport.get_extra_info("tls")
        self.scheme = "http" if self.tls is None else "https"
        self.read_deadline = self.server.now + self.server.limits.read_header
        self.server.connections.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Be forgotten."""
        super().connection_lost(exc)
        self.server.forget(self)

    def is_surplus(self) -> bool:
        """Whether there are more connections than the limit allows."""
        return len(self.server.connections) > self.server.limits.connections

    def hurry(self) -> None:
        """A new client has a moment only for its first request, but all of it: the last sweep's clock is behind."""
        self.read_deadline = min(self.read_deadline, self.server.loop.time() + _FIRST_REQUEST)

    # What the server calls.

    @abstractmethod
    def retire(self) -> None:
        """Take no more requests than are under way, and have the client know."""

    @abstractmethod
    def close_if_idle(self) -> None:
        """Close if no request is there or on its way."""

    @abstractmethod
    def is_fresh(self) -> bool:
        """Whether nothing has arrived yet, so that nothing is lost if it is cut."""

    @abstractmethod
    def expire(self) -> None:
        """A deadline has passed: refuse what has not arrived, give up on what is not taken."""

    def cut(self) -> None:
        """End at once, whatever is under way."""
        if self.transport is not None:
            self.transport.abort()

    def reset(self) -> None:
        """End with a reset, which no client takes for the regular end of an answer."""
        if self.transport is not None:
            sock = self.transport.get_extra_info("socket")
            if sock is not None and sock.family != socket.AF_UNIX:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()

    # What answers call.

    def send(self, data: bytes) -> None:
        """Write; ClientGone if there is nobody."""
        if self.transport is None:
            raise ClientGone("the client left before its answer was complete")
        self.transport.write(data)

    def send_all(self, pieces: tuple[bytes, ...]) -> None:
        """Write several pieces in one go; ClientGone if there is nobody."""
        if self.transport is None:
            raise ClientGone("the client left before its answer was complete")
        self.transport.writelines(pieces)

    def has_bare_socket(self) -> bool:
        """Whether bytes may be given to the socket past the transport: it is not encrypted, and nothing waits."""
        return self.tls is None and self.transport is not None and not self.transport.get_write_buffer_size()

    async def send_file(self, head: bytes, file: int, at: int, count: int) -> None:
        """Send a head and a part of a file past the transport; see `sendfile`."""
        if self.transport is None:
            raise ClientGone("the client left before its answer was complete")
        try:
            with BareSocket(self.transport.get_extra_info("socket").fileno(), self._move_deadline) as bare:
                await bare.write(head)
                await bare.send_file(file, at, count)
        finally:
            self.write_deadline = NEVER

    def _move_deadline(self) -> None:
        self.write_deadline = self.server.now + self.server.limits.write_idle

    async def writable(self) -> None:
        """Wait until the client has taken enough of what was sent."""
        self._move_deadline()
        try:
            await self._drain_helper()
        except ConnectionError:
            raise ClientGone("the client left before its answer was complete") from None
        finally:
            self.write_deadline = NEVER


def _address(transport: asyncio.BaseTransport, which: str) -> tuple[str, int]:
    """Address and port; a Unix socket has neither. IPv4 on a socket for both families is IPv4 all the same."""
    name = transport.get_extra_info(which)
    return (name[0].removeprefix("::ffff:"), name[1]) if isinstance(name, tuple) else ("@", 0)
