"""A server that speaks TLS, and a client whose every byte is in the test's hands."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pogoproxy.http.exchange import Endpoint, Exchange
from pogoproxy.http.limits import Limits
from pogoproxy.http.server import Server
from pogoproxy.tls.client_trust import ClientTrust
from pogoproxy.tls.handshake import Choice, Chooser, Handshake
from pogoproxy.tls.hello import ClientHello
from pogoproxy.tls.session import Context, Session
from tests.tls.certificates import make
from tests.wire import Client, Running, pytest_asyncio_loop_factories, serving

__all__ = ["pytest_asyncio_loop_factories"]


@dataclass(frozen=True)
class Fixed:
    """The same choice for all."""

    context: Context
    trust: ClientTrust | None = None

    def accept(self, session: Session) -> None:
        """Everybody is welcome whom the trust does not refuse."""
        if self.trust is not None:
            self.trust.check(session)

    def choose(self, hello: ClientHello, local: tuple[str, int], remote: tuple[str, int]) -> Choice | Awaitable[Choice]:
        return self


@pytest.fixture
def server_context(tmp_path: Path) -> ssl.SSLContext:
    """For `localhost`, with HTTP/1.1 by ALPN."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make("localhost").write(tmp_path, "localhost"))
    context.set_alpn_protocols(["http/1.1"])
    return context


def client_context(**attributes: object) -> ssl.SSLContext:
    """A client that believes everything."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    for name, value in attributes.items():
        setattr(context, name, value)
    return context


async def connect(site: Running, name: str = "localhost", context: ssl.SSLContext | None = None) -> Client:
    """A TLS connection, closed with the site; `name` is the server name that is sent."""
    context = context or client_context()
    client = Client(*await asyncio.open_connection(*site.address, ssl=context, server_hostname=name))
    site.clients.append(client)
    return client


async def until(condition: Callable[[], object]) -> None:
    """Return when it is so; it comes about in another task."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def hello_world(exchange: Exchange) -> None:
    """What the server answers: the server name and the scheme."""
    assert exchange.tls is not None
    text = f"{exchange.scheme} {exchange.tls.server_name} {exchange.tls.alpn}".encode()
    await exchange.writer.start(200, [], len(text))
    await exchange.writer.write(text)
    await exchange.writer.finish()


ServeTls = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def serve_tls(server_context: ssl.SSLContext) -> ServeTls:
    """`async with serve_tls(endpoint, chooser) as running`."""

    def running(
        endpoint: Endpoint = hello_world, chooser: Chooser | None = None, limits: Limits | None = None
    ) -> AbstractAsyncContextManager[Running]:
        chooser = chooser or Fixed(server_context)

        def entrance(server: Server) -> Handshake:
            return Handshake(server, chooser)

        return serving(endpoint, limits, entrance=entrance)

    return running
