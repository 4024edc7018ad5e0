from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from pogoproxy.http.announced import Preface, Trust
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.limits import Limits
from pogoproxy.http.server import Server
from tests.http.test_proxy_header import V1, V2
from tests.tls.conftest import until
from tests.wire import Running, serving

GET = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

ServeAnnounced = Callable[..., AbstractAsyncContextManager[Running]]


async def who(exchange: Exchange) -> None:
    """Answer with both addresses."""
    text = f"{exchange.remote[0]} {exchange.local[0]}".encode()
    await exchange.writer.start(200, [], len(text))
    await exchange.writer.write(text)
    await exchange.writer.finish()


@pytest.fixture
def announced() -> ServeAnnounced:
    def running(trust: Trust, limits: Limits | None = None) -> AbstractAsyncContextManager[Running]:
        def entrance(server: Server) -> Preface:
            return Preface(server, lambda address: trust, 5.0, Server.protocol)

        return serving(who, limits, entrance=entrance)

    return running


@pytest.mark.parametrize("header", [V1, V2])
@pytest.mark.parametrize("trust", [Trust.USE, Trust.REQUIRE])
async def test_the_client_is_who_the_proxy_says(announced: ServeAnnounced, header: bytes, trust: Trust):
    async with announced(trust) as site:
        assert (await site.ask(header + GET)).endswith(b"\r\n\r\n192.0.2.1 198.51.100.1")


async def test_a_header_may_come_byte_by_byte(announced: ServeAnnounced):
    async with announced(Trust.REQUIRE) as site:
        client = await site.connect()
        for byte in V2:
            client.send(bytes((byte,)))
        client.send(GET)
        assert (await client.rest()).endswith(b"192.0.2.1 198.51.100.1")


async def test_a_client_counts_once_against_the_limit(announced: ServeAnnounced):
    async with announced(Trust.USE, Limits(connections=1)) as site:
        assert (await site.ask(V1 + GET)).startswith(b"HTTP/1.1 200 ")


async def test_an_ignored_header_is_taken_off_alone(announced: ServeAnnounced):
    async with announced(Trust.IGNORE) as site:
        assert (await site.ask(V1 + GET)).endswith(b"\r\n\r\n127.0.0.1 127.0.0.1")


@pytest.mark.parametrize("trust", [Trust.USE, Trust.IGNORE, Trust.REJECT, Trust.SKIP])
async def test_without_a_header_the_peer_is_the_client(announced: ServeAnnounced, trust: Trust):
    async with announced(trust) as site:
        assert (await site.ask(GET)).endswith(b"\r\n\r\n127.0.0.1 127.0.0.1")


async def test_who_must_send_a_header_and_does_not_is_cut(announced: ServeAnnounced):
    async with announced(Trust.REQUIRE) as site:
        assert await site.ask(GET) == b""
        assert site.server.refusals == {"proxy_header": 1}


async def test_who_may_send_none_and_does_is_cut(announced: ServeAnnounced):
    async with announced(Trust.REJECT) as site:
        assert await site.ask(V1 + GET) == b""


async def test_a_header_that_is_not_looked_for_is_no_http(announced: ServeAnnounced):
    async with announced(Trust.SKIP) as site:
        assert (await site.ask(V1 + GET)).startswith(b"HTTP/1.1 400 ")


async def test_a_second_header_is_no_http(announced: ServeAnnounced):
    async with announced(Trust.USE) as site:
        assert (await site.ask(V1 + V1 + GET)).startswith(b"HTTP/1.1 400 ")


async def test_a_malformed_header_is_cut(announced: ServeAnnounced):
    async with announced(Trust.USE) as site:
        assert await site.ask(b"PROXY TCP4 a b c d\r\n" + GET) == b""


@pytest.mark.parametrize("trust", [Trust.USE, Trust.REQUIRE])
async def test_a_header_that_does_not_come_is_not_waited_for(announced: ServeAnnounced, trust: Trust):
    async with announced(trust) as site:
        client = await site.connect()
        client.send(V1[:20])
        await until(lambda: site.server.connections)
        (connection,) = site.server.connections
        assert connection.read_deadline <= site.server.loop.time() + 5.0
        connection.read_deadline = 0.0  # what the clock would bring about
        assert await client.rest() == b""
        assert site.server.refusals == {"slow_proxy_header": 1}
