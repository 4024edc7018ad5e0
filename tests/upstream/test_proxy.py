"""A proxy between a client and scripted origins, seen from both wires."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import pytest

from pogoproxy.upstream.leg import Deadlines
from pogoproxy.upstream.proxy import Retry
from pogoproxy.upstream.select import round_robin

GET = b"GET /x?y HTTP/1.1\r\nHost: a.example\r\n\r\n"
LAST = b"GET /x?y HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answers(response: bytes):
    """A script that gives the same answer to each request without a body."""

    async def script(client):
        while True:
            await client.head()
            client.send(response)

    return script


async def test_the_upstream_sees_the_request_without_what_was_for_us(origin, proxied):
    seen = []

    async def script(client):
        seen.append(await client.head())
        client.send(OK)

    request = (
        b"GET /a%20b/c?d=e HTTP/1.1\r\nHost: a.example:80\r\nAccept: x\r\nKeep-Alive: 1\r\n"
        b"Connection: close, X-Gone\r\n"
        b"X-Gone: 1\r\nProxy-Authorization: s\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Host: evil\r\n"
        b"TE: trailers, x\r\n\r\n"
    )
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(request)
    assert seen == [
        b"GET /a%20b/c?d=e HTTP/1.1\r\nHost: a.example:80\r\nAccept: x\r\nTE: trailers\r\n"
        b"X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a.example:80\r\n"
        b"Via: 1.1 pogoproxy\r\n\r\n"
    ]
    assert answer.startswith(b"HTTP/1.1 200 OK\r\nVia: 1.1 pogoproxy\r\nDate: ")
    assert answer.endswith(b"\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")


async def test_the_client_sees_the_answer_without_what_was_for_us(origin, proxied):
    response = (
        b"HTTP/1.1 404 Whatever\r\nServer: theirs\r\nDate: then\r\nConnection: keep-alive, X-Gone\r\nX-Gone: 1\r\n"
        b"Keep-Alive: timeout=5\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 2\r\n\r\nno"
    )
    async with origin(answers(response)) as upstream, proxied(upstream.dial) as running:
        assert await running.ask(LAST) == (
            b"HTTP/1.1 404 Not Found\r\nServer: theirs\r\nDate: then\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
            b"Via: 1.1 pogoproxy\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno"
        )


async def test_a_connection_is_used_again(origin, proxied):
    async with origin(answers(OK)) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        for _ in range(3):
            client.send(GET)
            assert (await client.until(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        assert upstream.connections == 1


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_a_body_goes_up_as_it_came(origin, proxied, framing):
    got = asyncio.Queue[bytes]()

    async def script(client):
        await got.put(await client.head())
        await got.put(await client.exactly(5 if framing == "length" else len(b"5\r\nhello\r\n0\r\n\r\n")))
        client.send(OK)

    body = b"Content-Length: 5\r\n\r\nhello" if framing == "length" else b"Transfer-Encoding: chunked\r\n\r\n"
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\n" + body)
        if framing == "chunked":
            assert b"Transfer-Encoding: chunked\r\n" in await got.get()
            client.send(b"5\r\nhello\r\n0\r\n\r\n")
            assert await got.get() == b"5\r\nhello\r\n0\r\n\r\n"
        else:
            assert (await got.get()).endswith(b"\r\nContent-Length: 5\r\n\r\n")
            assert await got.get() == b"hello"
        await client.until(b"ok")


async def test_large_bodies_pass_both_ways_in_pieces(origin, proxied):
    size = 8 * 1024 * 1024
    up, down = os.urandom(size), os.urandom(size)

    async def script(client):
        await client.head()
        assert await client.exactly(size) == up
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        client.send(down)
        await client.writer.drain()
        await client.head()
        client.send(OK)

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % size)
        client.send(up)
        await client.head()
        assert await client.exactly(size) == down
        client.send(GET)
        await client.until(b"ok")
        assert upstream.connections == 1


async def test_a_slow_client_holds_the_upstream_back(origin, proxied):
    written = 0

    async def script(client):
        nonlocal written
        await client.head()
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            client.send(b"x" * 65536)
            await client.writer.drain()
            written += 65536

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(GET)
        await client.head()
        before = -1
        while before != written:
            before = written
            await asyncio.sleep(0.1)
        assert written < 64 * 1024 * 1024


async def test_a_chunked_answer_and_its_trailer_pass(origin, proxied):
    body = b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Sum: 5\r\nHost: other\r\nSet-Cookie: a=b\r\n\r\n"
    response = b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    async with origin(answers(response)) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        for _ in range(2):
            client.send(GET)
            head = await client.head()
            assert b"\r\nTrailer: X-Sum\r\n" in head
            assert b"\r\nTransfer-Encoding: chunked\r\n" in head
            assert (await client.until(b"\r\n\r\n")).endswith(b"0\r\nX-Sum: 5\r\n\r\n")
        assert upstream.connections == 1


async def test_an_event_stream_arrives_as_it_is_sent(origin, proxied):
    go = asyncio.Event()

    async def script(client):
        await client.head()
        client.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        await go.wait()
        client.send(b"data: 1\n\n")
        await asyncio.Event().wait()

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(GET)
        assert b"text/event-stream" in await client.head()
        go.set()
        assert (await client.until(b"data: 1\n\n")).endswith(b"data: 1\n\n")


async def test_early_hints_pass_and_are_not_the_answer(origin, proxied):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    script = answers(b"HTTP/1.1 100 Continue\r\n\r\n" + hints * 2 + OK)
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(LAST)
    assert answer.startswith(hints * 2 + b"HTTP/1.1 200 OK\r\n")


async def test_an_answer_to_head_has_a_length_and_no_body(origin, proxied):
    script = answers(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        for _ in range(2):
            client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert b"Content-Length: 99\r\n" in await client.head()
        assert upstream.connections == 1


async def test_an_answer_before_the_body_was_sent_reaches_the_client(origin, proxied):
    async def script(client):
        await client.head()
        client.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        await client.writer.drain()
        await asyncio.Event().wait()

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n" + b"x" * 300000)
        assert (await client.head()).startswith(b"HTTP/1.1 413")
        assert await client.rest() == b"big"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
)
async def test_a_truncated_answer_does_not_look_complete(origin, proxied, response):
    async def script(client):
        await client.head()
        client.send(response)

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(GET)
        assert b"half" in answer
        assert not answer.endswith(b"0\r\n\r\n")
        assert b"Content-Length: 4\r\n" not in answer


@pytest.mark.parametrize(
    "response",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300000,
        b"",
    ],
)
async def test_what_is_no_answer_is_502(origin, proxied, response):
    async def script(client):
        await client.head()
        client.send(response)
        await client.writer.drain()

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        assert (await running.ask(LAST)).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


async def test_bytes_behind_an_answer_never_answer_another_request(origin, proxied):
    stray = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    async with origin(answers(OK + stray)) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        for _ in range(3):
            client.send(GET)
            assert (await client.until(b"\r\n\r\n"))[-4:] + await client.exactly(2) == b"\r\n\r\nok"
        assert upstream.connections == 3


async def test_nobody_listening_is_502_and_a_hanging_one_504(origin, proxied):
    free = socket.create_server(("127.0.0.1", 0))
    dial = f"127.0.0.1:{free.getsockname()[1]}"
    free.close()
    async with proxied(dial) as running:
        assert (await running.ask(LAST)).startswith(b"HTTP/1.1 502 ")

    async def hang(client):
        await asyncio.Event().wait()

    async with origin(hang) as upstream, proxied(upstream.dial, deadlines=Deadlines(response_header=0.05)) as running:
        assert (await running.ask(LAST)).startswith(b"HTTP/1.1 504 ")


class Stale:
    """An origin that answers once and then closes just as the next request comes, without an answer."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []

    async def __call__(self, client) -> None:
        self.seen.append(await client.head())
        client.send(OK)
        self.seen.append(await client.head())
        client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def test_a_get_on_a_stale_connection_is_sent_again_on_a_fresh_one(origin, proxied):
    script = Stale()
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        for _ in range(2):
            client.send(GET)
            assert (await client.until(b"\r\n\r\nok")).startswith(b"HTTP/1.1 200")
        assert upstream.connections == 2


async def test_a_post_on_a_stale_connection_is_502_and_seen_once(origin, proxied):
    script = Stale()
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(GET)
        await client.until(b"\r\n\r\nok")
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        assert (await client.head()).startswith(b"HTTP/1.1 502")
        assert len([head for head in script.seen if head.startswith(b"POST")]) == 1


async def test_a_client_that_leaves_cancels_the_upstream_request(origin, proxied):
    asked, left = asyncio.Event(), asyncio.Event()

    async def script(client):
        await client.head()
        asked.set()
        assert await client.rest() == b""
        left.set()

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(GET)
        await asyncio.wait_for(asked.wait(), 5)
        client.close()
        await asyncio.wait_for(left.wait(), 5)


async def test_another_target_is_tried_when_one_cannot_be_dialed(origin, proxied):
    free = socket.create_server(("127.0.0.1", 0))
    dead = f"127.0.0.1:{free.getsockname()[1]}"
    free.close()
    more = {"policy": round_robin(), "retry": Retry(retries=1, interval=0)}
    async with origin(answers(OK)) as upstream, proxied(upstream.dial, dead, **more) as running:
        for request in (LAST, b"POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\na"):
            assert (await running.ask(request)).startswith(b"HTTP/1.1 200")


async def test_an_upgrade_becomes_a_tunnel(origin, proxied):
    seen = []

    async def script(client):
        seen.append(await client.head())
        client.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly")
        while data := await client.reader.read(100):
            client.send(data.upper())

    async with origin(script) as upstream, proxied(upstream.dial) as running:
        client = await running.connect()
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n")
        head = await client.head()
        assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
        assert b"Upgrade: echo\r\n" in head
        assert b"Connection: Upgrade\r\n" in head
        assert await client.exactly(5) == b"early"
        client.send(b"hello")
        assert await client.exactly(5) == b"HELLO"
        other = await running.connect()
        other.send(GET)
        await other.head()
        assert upstream.connections == 2, "a tunnel is no connection for others"
        client.writer.write_eof()
        assert await client.rest() == b""
    assert b"Connection: Upgrade\r\nUpgrade: echo\r\n" in seen[0]


async def test_h2c_is_never_passed_on(origin, proxied):
    seen = []

    async def script(client):
        seen.append(await client.head())
        client.send(OK)

    request = (
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n"
    )
    async with origin(script) as upstream, proxied(upstream.dial) as running:
        assert (await running.ask(request)).startswith(b"HTTP/1.1 200")
    assert b"pgrade" not in seen[0]
    assert b"HTTP2" not in seen[0]
