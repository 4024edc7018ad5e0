"""Servers on port 0, a client and origins that speak bytes, so that tests see exactly what is on the wire.

The fixtures are taken into a package's tests by its conftest.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pytest
import uvloop

from pogoproxy.http.exchange import Endpoint
from pogoproxy.http.limits import Limits
from pogoproxy.http.route import compile_server
from pogoproxy.http.server import Entrance, Server
from pogoproxy.module import Context
from pogoproxy.route import Route
from pogoproxy.standard import REGISTRY
from pogoproxy.tls.keeping.files import FileStorage, default_root
from pogoproxy.upstream.leg import Deadlines, Leg
from pogoproxy.upstream.proxy import Proxy
from pogoproxy.upstream.select import first
from pogoproxy.upstream.target import FixedTargets, Targets


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that fronts run on."""
    return {"uvloop": uvloop.new_event_loop}


_PATIENCE = 20
"""Seconds; on a busy machine a program that is compared with us may take its time."""


class Client:
    """One connection; every wait has a deadline."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, data: bytes) -> None:
        """Write without waiting."""
        self.writer.write(data)

    async def until(self, end: bytes) -> bytes:
        """What arrives up to and with `end`."""
        return await asyncio.wait_for(self.reader.readuntil(end), _PATIENCE)

    async def exactly(self, count: int) -> bytes:
        """The next `count` bytes."""
        return await asyncio.wait_for(self.reader.readexactly(count), _PATIENCE)

    async def rest(self) -> bytes:
        """Everything until the server closes; a reset ends it, too."""
        gathered = b""
        with contextlib.suppress(ConnectionError):
            while piece := await asyncio.wait_for(self.reader.read(65536), _PATIENCE):
                gathered += piece
        return gathered

    async def head(self) -> bytes:
        """The next head, with its empty line."""
        return await self.until(b"\r\n\r\n")

    def close(self) -> None:
        """Leave."""
        self.writer.close()


class Running:
    """A server and the way to it."""

    def __init__(self, server: Server, address: tuple[str, int]) -> None:
        self.server = server
        self.address = address
        self.clients: list[Client] = []

    async def connect(self) -> Client:
        """A new connection."""
        client = Client(*await asyncio.open_connection(*self.address))
        self.clients.append(client)
        return client

    async def ask(self, request: bytes) -> bytes:
        """What comes for these bytes on a connection of their own, until the server closes it."""
        client = await self.connect()
        client.send(request)
        try:
            return await client.rest()
        finally:
            client.close()


Serve = Callable[..., AbstractAsyncContextManager[Running]]


@contextlib.asynccontextmanager
async def serving(
    endpoint: Endpoint,
    limits: Limits | None = None,
    protocols: Collection[str] = ("h1", "h2"),
    entrance: Entrance | None = None,
) -> AsyncIterator[Running]:
    """A server on a port of its own, whose clients are closed before it."""
    listening = socket.create_server(("127.0.0.1", 0))
    async with Server(endpoint, [listening], limits=limits, protocols=protocols, entrance=entrance) as server:
        site = Running(server, listening.getsockname())
        try:
            yield site
        finally:
            for client in site.clients:
                client.close()


@pytest.fixture
def serve() -> Serve:
    """`async with serve(endpoint, limits=…) as running`."""
    return serving


Script = Callable[[Client], Awaitable[None]]
"""What an origin does on one connection; when it returns, the connection is closed."""


class Origin:
    """A scripted upstream."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.clients: list[Client] = []
        self.address = ("", 0)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Run the script on a new connection."""
        self.connections += 1
        client = Client(reader, writer)
        self.clients.append(client)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self.script(client)
        client.close()

    @property
    def dial(self) -> str:
        """Its dial address."""
        return f"{self.address[0]}:{self.address[1]}"


@pytest.fixture
def origin() -> Callable[[Script], AbstractAsyncContextManager[Origin]]:
    """`async with origin(script) as upstream`."""

    @contextlib.asynccontextmanager
    async def running(script: Script) -> AsyncIterator[Origin]:
        upstream = Origin(script)
        server = await asyncio.start_server(upstream.accept, "127.0.0.1", 0)
        upstream.address = server.sockets[0].getsockname()
        try:
            yield upstream
        finally:
            server.close()
            for client in upstream.clients:
                client.close()

    return running


@pytest.fixture
def proxied(serve: Serve) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """`async with proxied(dial, …) as running`: a server whose endpoint is a proxy to these addresses."""

    @contextlib.asynccontextmanager
    async def running(
        *dials: str,
        deadlines: Deadlines | None = None,
        leg: Leg | None = None,
        protocols: Collection[str] = ("h1", "h2"),
        **more: object,
    ) -> AsyncIterator[Running]:
        targets = Targets()
        more.setdefault("policy", first)
        leg = leg or Leg(deadlines)
        proxy = Proxy(FixedTargets([targets.at(dial) for dial in dials]), leg=leg, **more)  # type: ignore[arg-type]
        async with serve(proxy, protocols=protocols) as site:
            try:
                yield site
            finally:
                leg.close()

    return running


@pytest.fixture
def configured(serve: Serve) -> Callable[..., AbstractAsyncContextManager[Running]]:
    """`async with configured(handler, …) as running`: a server with these handlers, given as Caddy's JSON."""

    @contextlib.asynccontextmanager
    async def running(*handlers: dict[str, Any]) -> AsyncIterator[Running]:
        routes = msgspec.json.decode(msgspec.json.encode([{"handle": handlers}]), type=list[Route])
        context = Context(REGISTRY, {Targets: Targets(), FileStorage: FileStorage(default_root())})
        async with context.stack, serve(compile_server(routes, context)) as site:
            yield site

    return running
