"""A server on port 0 and a client that speaks bytes, so that tests see exactly what is on the wire."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest
import uvloop

from pogoproxy.http.exchange import Endpoint
from pogoproxy.http.server import Limits, Server


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The loop that fronts run on."""
    return {"uvloop": uvloop.new_event_loop}


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
        return await asyncio.wait_for(self.reader.readuntil(end), 5)

    async def exactly(self, count: int) -> bytes:
        """The next `count` bytes."""
        return await asyncio.wait_for(self.reader.readexactly(count), 5)

    async def rest(self) -> bytes:
        """Everything until the server closes; a reset ends it, too."""
        gathered = b""
        with contextlib.suppress(ConnectionError):
            while piece := await asyncio.wait_for(self.reader.read(65536), 5):
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


@pytest.fixture
def serve() -> Serve:
    """`async with serve(endpoint, limits=…) as running`."""

    @contextlib.asynccontextmanager
    async def running(endpoint: Endpoint, limits: Limits | None = None) -> AsyncIterator[Running]:
        listening = socket.create_server(("127.0.0.1", 0))
        async with Server(endpoint, [listening], limits=limits) as server:
            site = Running(server, listening.getsockname())
            try:
                yield site
            finally:
                for client in site.clients:
                    client.close()

    return running
