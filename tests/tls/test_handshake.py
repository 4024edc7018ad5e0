from __future__ import annotations

import asyncio
import gc
import ssl
import weakref
from collections.abc import Awaitable
from dataclasses import dataclass

import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.http.limits import Limits
from pogoproxy.tls.alert import Alert, AlertError
from pogoproxy.tls.handshake import TIMEOUT, Choice, Stage
from pogoproxy.tls.hello import LARGEST, ClientHello
from tests.tls.conftest import Fixed, ServeTls, client_context, connect, until
from tests.tls.test_hello import hello, in_records

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def test_a_request_is_answered_over_tls(serve_tls: ServeTls):
    async with serve_tls() as site:
        client = await connect(site)
        client.send(GET)
        assert b"200 OK" in await client.head()
        assert await client.exactly(16) == b"https localhost "


async def test_a_client_counts_once_against_the_limit(serve_tls: ServeTls):
    async with serve_tls(limits=Limits(connections=1)) as site:
        client = await connect(site)
        client.send(GET)
        assert b"200 OK" in await client.head()


async def test_the_agreed_protocol_is_known(serve_tls: ServeTls):
    context = client_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    async with serve_tls() as site:
        client = await connect(site, context=context)
        client.send(GET)
        await client.head()
        assert await client.exactly(24) == b"https localhost http/1.1"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_many_requests_pass_over_one_connection(serve_tls: ServeTls, version: ssl.TLSVersion):
    async with serve_tls() as site:
        client = await connect(site, context=client_context(maximum_version=version))
        for _ in range(20):
            client.send(GET)
            await client.head()
            await client.exactly(16)


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"], ids=["the client's end", "the server's end"])
async def test_a_closed_connection_is_freed_at_once(serve_tls: ServeTls, last: bytes):
    """OpenSSL has tens of kilobytes for each; they must not wait for the collector."""
    sessions: list[weakref.ref[object]] = []

    async def noting(exchange: Exchange) -> None:
        sessions.append(weakref.ref(exchange.tls))
        await exchange.writer.respond(200, [], b"")

    gc.disable()
    try:
        async with serve_tls(noting) as site:
            client = await connect(site)
            client.send(GET.removesuffix(b"\r\n") + last + b"\r\n")
            await client.head()
            client.close()
            await until(lambda: sessions[0]() is None)
    finally:
        gc.enable()


async def test_a_large_body_passes_both_ways(serve_tls: ServeTls):
    async def echo(exchange: Exchange) -> None:
        await exchange.writer.start(200, [], exchange.body.length)
        while piece := await exchange.body.read():
            await exchange.writer.write(piece)

    body = bytes(range(256)) * 8192
    async with serve_tls(echo) as site:
        client = await connect(site)
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body))
        client.send(body)
        await client.head()
        assert await client.exactly(len(body)) == body


async def test_a_client_that_leaves_properly_is_let_go(serve_tls: ServeTls):
    async with serve_tls() as site:
        client = await connect(site)
        client.send(GET)
        await client.head()
        client.close()
        await until(lambda: not site.server.connections)


async def test_http_on_the_https_port_is_told_so(serve_tls: ServeTls):
    async with serve_tls() as site:
        answer = await site.ask(GET)
    assert answer.startswith(b"HTTP/1.0 400 ")
    assert b"Client sent an HTTP request to an HTTPS server" in answer


@pytest.mark.parametrize("junk", [b"\x00" * 64, b"SSH-2.0-x\r\n", b"\x80\x2e\x01\x00\x02"])
async def test_junk_is_closed_without_a_word(serve_tls: ServeTls, junk: bytes):
    async with serve_tls() as site:
        assert await site.ask(junk) == b""
        assert site.server.refusals == {"no_tls": 1}


async def test_a_hello_drop_by_drop_is_taken(serve_tls: ServeTls):
    async with serve_tls() as site:
        client = await site.connect()
        for byte in in_records(hello(), 30):
            client.send(bytes((byte,)))
            await asyncio.sleep(0)
        assert (await client.exactly(1))[0] == 22


async def test_a_slow_handshake_is_cut(serve_tls: ServeTls):
    async with serve_tls() as site:
        client = await site.connect()
        client.send(hello()[:40])
        await until(lambda: site.server.connections)
        (connection,) = site.server.connections
        assert connection.read_deadline <= site.server.loop.time() + TIMEOUT
        connection.read_deadline = 0.0  # what the clock would bring about
        assert await client.rest() == b""
        assert site.server.refusals == {"slow_handshake": 1}


@dataclass(frozen=True)
class Refusing:
    """Refuses after a while."""

    def choose(self, hello: ClientHello, local: tuple[str, int], remote: tuple[str, int]) -> Choice | Awaitable[Choice]:
        return self._refuse()

    async def _refuse(self) -> Choice:
        await asyncio.sleep(0)
        raise AlertError(Alert.UNRECOGNIZED_NAME, "nobody of that name")


async def test_a_refusal_is_an_alert(serve_tls: ServeTls):
    async with serve_tls(chooser=Refusing()) as site:
        with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
            await connect(site)
        assert site.server.refusals == {"unrecognized_name": 1}


@dataclass(frozen=True)
class Waiting(Fixed):
    """Waits for ever before it chooses."""

    def choose(self, hello: ClientHello, local: tuple[str, int], remote: tuple[str, int]) -> Choice | Awaitable[Choice]:
        return asyncio.get_running_loop().create_future()


async def test_who_floods_while_a_certificate_is_fetched_is_cut(serve_tls: ServeTls, server_context: ssl.SSLContext):
    async with serve_tls(chooser=Waiting(server_context)) as site:
        client = await site.connect()
        client.send(hello())
        await until(lambda: [one for one in site.server.connections if one.stage is Stage.CHOOSING])
        client.send(bytes(LARGEST + 1))
        assert await client.rest() == b""
        assert site.server.refusals == {"flood": 1}


async def test_a_drain_lets_a_handshake_come_to_its_answer(serve_tls: ServeTls):
    async with serve_tls() as site:
        raw = await site.connect()
        raw.send(hello()[:10])
        client = await connect(site)
        draining = asyncio.create_task(site.server.drain(10))
        client.send(GET)
        assert b"Connection: close" in await client.head()
        raw.close()
        assert await asyncio.wait_for(draining, 10) == 0
