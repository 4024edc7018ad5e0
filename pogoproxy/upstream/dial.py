"""Fresh connections to upstreams: dialed within a deadline, perhaps through a proxy, in private where that is due."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohappyeyeballs import start_connection

from ..errors import DialError, RuntimeFault
from .target import Address
from .way import Way

P = TypeVar("P", bound=asyncio.Protocol)

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""The addresses of a name; OSError if it has none or nobody can say."""

HANDSHAKE = 10.0
"""Seconds; Go's client has the same, and Caddy's none."""


@dataclass(frozen=True, slots=True)
class TLS:
    """How upstreams are spoken to in private; `server_name` is "" for the host that is dialed."""

    context: ssl.SSLContext
    server_name: str = ""
    except_ports: frozenset[int] = frozenset()
    handshake: float = HANDSHAKE
    """Seconds for the handshake, after the deadline for dialing was kept."""
    prepare: Callable[[], None] = lambda: None
    """Called before each handshake; RuntimeFault if there can be none."""


@dataclass(frozen=True, slots=True)
class Dialer:
    """Makes connections. `seconds` are for the connection itself; `fallback` (RFC 8305) is the head start of IPv6."""

    seconds: float = 3.0
    tls: TLS | None = None
    local_address: str = ""
    fallback: float | None = 0.3
    resolve: Resolve | None = None
    probe: int = 0
    """Seconds between two probes of an idle connection by the system; 0 has none."""

    def is_private(self, address: Address) -> bool:
        """Whether the address is spoken to by TLS."""
        return self.tls is not None and address.port not in self.tls.except_ports

    async def dial(self, address: Address, make: Callable[[], P], way: Way | None = None) -> P:
        """The protocol that `make` makes, connected; DialError if that does not come about in time."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self.seconds):
                if self.tls is None and way is None and address.path:
                    return (await loop.create_unix_connection(make, address.path))[1]
                if self.tls is None and way is None and _is_literal(address.host) and not self.local_address:
                    return self._watched(*await loop.create_connection(make, address.host, address.port))
                sock = await self._socket(address, way)
            return self._watched(*await self._begin(sock, address, make, way))
        except TimeoutError:
            raise DialError(f"{address}: not connected within {self.seconds:g} s", 504) from None
        except OSError as error:
            raise DialError(f"{address}: {error.strerror or error}") from error
        except ValueError as error:
            # A server name that a request has made, and that can be none.
            raise DialError(f"{address}: {error}") from error

    async def _begin(
        self, sock: socket.socket, address: Address, make: Callable[[], P], way: Way | None
    ) -> tuple[asyncio.Transport, P]:
        loop = asyncio.get_running_loop()
        begin = loop.create_unix_connection if address.path else loop.create_connection
        private: dict[str, Any] = {}
        if self.tls is not None and self.is_private(address):
            self._prepare(sock)
            name = (way.server_name if way is not None else "") or self.tls.server_name or address.host
            private = {
                "ssl": self.tls.context,
                "server_hostname": _checked(name, sock, self.tls.context),
                "ssl_handshake_timeout": self.tls.handshake,
            }
        try:
            return await begin(make, sock=sock, **private)
        except BaseException:
            # uvloop has closed the descriptor, though not told the socket, which would close somebody else's.
            sock.detach()
            raise

    def _prepare(self, sock: socket.socket) -> None:
        assert self.tls is not None
        try:
            self.tls.prepare()
        except RuntimeFault as wrong:
            sock.close()
            raise DialError(str(wrong)) from None

    def _watched(self, transport: asyncio.Transport, made: P) -> P:
        sock = transport.get_extra_info("socket") if self.probe else None
        if sock is not None and sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, self.probe)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, self.probe)
        return made

    async def _socket(self, address: Address, way: Way | None) -> socket.socket:
        """A connected socket, on which nothing but what the way needs was said."""
        proxy = None if way is None else way.proxy
        sock = await self._connected(address if proxy is None else proxy.address)
        try:
            if proxy is not None and way is not None and way.is_tunnel:
                await proxy.connect(sock, address)
            if way is not None and way.announcement:
                await asyncio.get_running_loop().sock_sendall(sock, way.announcement)
        except BaseException:
            sock.close()
            raise
        return sock

    async def _connected(self, address: Address) -> socket.socket:
        loop = asyncio.get_running_loop()
        if address.path:
            sock = socket.socket(socket.AF_UNIX)
            sock.setblocking(False)
            try:
                await loop.sock_connect(sock, address.path)
            except BaseException:
                sock.close()
                raise
            return sock
        hosts = [address.host]
        if self.resolve is not None and not _is_literal(address.host):
            hosts = list(await self.resolve(address.host))
        places = [
            place
            for host in hosts
            for place in await loop.getaddrinfo(host, address.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        ]
        local = await loop.getaddrinfo(self.local_address, 0, type=socket.SOCK_STREAM) if self.local_address else None
        return await start_connection(places, local_addr_infos=local, happy_eyeballs_delay=self.fallback)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _checked(name: str, sock: socket.socket, context: ssl.SSLContext) -> str:
    """A name that a certificate can have; ValueError, with the socket closed, for what some request has made of it."""
    try:
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=name)
    except BaseException:
        sock.close()
        raise
    return name
