"""WebSocket over HTTP/2 (RFC 8441) to an upstream that knows it from HTTP/1."""

from __future__ import annotations

import asyncio

from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import Kind
from tests.http2.peer import GET, PATIENCE, Peer
from tests.wire import Client

ASKED = [(b":method", b"CONNECT"), *GET[1:], (b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
FRAME = b"\x82\x05hello"


async def accept(client: Client) -> bytes:
    """The upstream's half of the handshake; the request's head."""
    head = await client.head()
    client.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    return head


async def test_frames_pass_both_ways_and_both_ends(origin, proxied):
    heads = []

    async def script(client: Client) -> None:
        heads.append(await accept(client))
        client.send(await client.exactly(len(FRAME)))
        assert await client.rest() == b""

    async with origin(script) as upstream, proxied(upstream.dial, protocols=("h2c",)) as site:
        client = await site.connect()
        peer = Peer(client.reader, client.writer)
        peer.greet()
        peer.request(1, ASKED, end=False)
        assert peer.fields(await peer.of_kind(Kind.HEADERS, 1)) == {b":status": b"200"}
        peer.data(1, FRAME)
        assert (await peer.of_kind(Kind.DATA, 1)).payload == FRAME
        peer.data(1, b"", end=True)
        assert (await peer.of_kind(Kind.DATA, 1)).ends_stream
        await peer.pong()
    (head,) = heads
    assert head.startswith(b"GET / HTTP/1.1\r\nHost: a.example\r\n")
    assert b"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" in head
    assert b"\r\nsec-websocket-version: 13\r\n" in head
    assert b"\r\nsec-websocket-key: " in head


async def test_a_refusal_is_an_answer(origin, proxied):
    async def script(client: Client) -> None:
        await client.head()
        client.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        await client.rest()

    async with origin(script) as upstream, proxied(upstream.dial, protocols=("h2c",)) as site:
        client = await site.connect()
        peer = Peer(client.reader, client.writer)
        peer.greet()
        peer.request(1, ASKED, end=False)
        head = peer.fields(await peer.of_kind(Kind.HEADERS, 1))
        assert head[b":status"] == b"403"
        assert (await peer.of_kind(Kind.DATA, 1)).payload == b"no"
        assert await peer.reset(1) is Code.NO_ERROR


async def test_an_upstream_that_breaks_off_resets_the_stream_alone(origin, proxied):
    async def script(client: Client) -> None:
        await accept(client)
        client.writer.transport.abort()

    async with origin(script) as upstream, proxied(upstream.dial, protocols=("h2c",)) as site:
        client = await site.connect()
        peer = Peer(client.reader, client.writer)
        peer.greet()
        peer.request(1, ASKED, end=False)
        await peer.until(lambda one: one.stream == 1 and (one.kind is Kind.RST_STREAM or one.ends_stream))
        await peer.pong()


async def test_a_client_that_resets_ends_the_upstreams_connection(origin, proxied):
    ended: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def script(client: Client) -> None:
        await accept(client)
        ended.set_result(await client.rest())

    async with origin(script) as upstream, proxied(upstream.dial, protocols=("h2c",)) as site:
        client = await site.connect()
        peer = Peer(client.reader, client.writer)
        peer.greet()
        peer.request(1, ASKED, end=False)
        await peer.of_kind(Kind.HEADERS, 1)
        peer.send(Kind.RST_STREAM, 0, 1, bytes((0, 0, 0, 8)))
        assert await asyncio.wait_for(ended, PATIENCE) == b""
        await peer.pong()
