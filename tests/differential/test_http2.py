"""HTTP/2 from a client, and to an upstream, as Caddy has it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.http2.frames import Kind
from tests.differential.conftest import Both, MakeBoth
from tests.http2.peer import GET, POST, Fields, Peer
from tests.wire import Serve

ON_PURPOSE = {b"date", b"server", b"via"}

TELL = (
    'respond "{http.request.proto} {http.request.method} {http.request.scheme} {http.request.host} {http.request.uri} '
    '{http.request.header.Cookie} {http.request.header.X-A} {http.request.header.Content-Length} {http.request.body}"'
)


class Seen(NamedTuple):
    """What a client sees, less what differs on purpose."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes
    trailers: dict[bytes, bytes]


@contextlib.asynccontextmanager
async def peers(both: Both) -> AsyncIterator[tuple[Peer, Peer]]:
    """A greeted client of each."""
    theirs, ours = await both.connect()
    pair = Peer(theirs.reader, theirs.writer), Peer(ours.reader, ours.writer)
    try:
        for peer in pair:
            peer.greet(enable_push=0)
        yield pair
    finally:
        theirs.close()
        ours.close()


def send(peer: Peer, fields: Fields, body: bytes = b"", trailers: Fields | None = None) -> None:
    peer.request(1, fields, end=not body and not trailers)
    if body:
        peer.data(1, body, end=not trailers)
    if trailers:
        peer.request(1, trailers)


async def seen(peer: Peer) -> Seen:
    answer = await peer.answer(1)
    kept = {name: value for name, value in answer.fields.items() if name not in ON_PURPOSE | {b":status"}}
    return Seen(answer.status, kept, answer.body, answer.trailers)


async def ask(both: Both, *request: object) -> tuple[Seen, Seen]:
    """What a client of Caddy and one of ours see."""
    async with peers(both) as (theirs, ours):
        for peer in (theirs, ours):
            send(peer, *request)  # type: ignore[arg-type]
        return await seen(theirs), await seen(ours)


SAME = {
    "a GET": (GET,),
    "a HEAD": ([(b":method", b"HEAD"), *GET[1:]],),
    "a query": ([*GET[:2], (b":path", b"/a%20b?c=d&e"), GET[3]],),
    "crumbs of cookies": ([*GET, (b"cookie", b"a=1"), (b"cookie", b"b=2")],),
    "a header twice": ([*GET, (b"x-a", b"1"), (b"x-a", b"2")],),
    "a host instead of an authority": ([*GET[:3], (b"host", b"b.example")],),
    "a body": (POST, b"hello"),
    "a body of known length": ([*POST, (b"content-length", b"5")], b"hello"),
    "a body and a trailer": ([*POST, (b"trailer", b"x-sum")], b"hello", [(b"x-sum", b"1")]),
}


@pytest.mark.peer
@pytest.mark.parametrize("name", SAME)
async def test_a_request_is_understood_alike(both: MakeBoth, name: str) -> None:
    async with both(TELL) as running:
        theirs, ours = await ask(running, *SAME[name])
        assert theirs == ours


ANSWERS = {
    "a redirect": "redir /there 302",
    "an error with a page": "error 418\nhandle_errors {\nrespond teapot 418\n}",
    "an error without one": "error 503",
    "no content": "respond 204",
    "headers": "header X-A one\nheader +X-A two\nheader -Server\nrespond ok",
}


@pytest.mark.peer
@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_the_same(both: MakeBoth, name: str) -> None:
    async with both(ANSWERS[name]) as running:
        theirs, ours = await ask(running, GET)
        assert theirs == ours


REFUSED = {
    "Connection": [*GET, (b"connection", b"close")],
    "Transfer-Encoding": [*GET, (b"transfer-encoding", b"chunked")],
    "upper case": [*GET, (b"X-A", b"1")],
    "a line end in a value": [*GET, (b"x-a", b"1\r\nb: 2")],
    "a space in a name": [*GET, (b"x a", b"1")],
    "no path": [GET[0], GET[1], GET[3]],
    "two paths": [*GET[:3], (b":path", b"/b"), GET[3]],
    "a late pseudo field": [*GET[:3], (b"x-a", b"1"), GET[3]],
}


async def is_refused(peer: Peer) -> bool:
    """Whether the stream or the connection ends, or 400 comes."""
    while (found := await peer.frame()) is not None:
        if found.kind is Kind.RST_STREAM and found.stream == 1:
            return True
        if found.kind is Kind.HEADERS:
            return peer.fields(found)[b":status"] == b"400"
    return True


@pytest.mark.peer
@pytest.mark.parametrize("name", REFUSED)
async def test_what_caddy_refuses_we_refuse(both: MakeBoth, name: str) -> None:
    async with both("respond reached") as running, peers(running) as pair:
        for peer in pair:
            send(peer, REFUSED[name])
            assert await is_refused(peer)


# Through a proxy.


@contextlib.asynccontextmanager
async def recording(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """An upstream of HTTP/1.1 that gives the same answer to all; its port and the heads that it has seen."""
    heads: list[bytes] = []

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"chunked" in head:
                    head += await reader.readuntil(b"\r\n0\r\n\r\n")
                if b"\r\nContent-Length: 5" in head:
                    head += await reader.readexactly(5)
                heads.append(head)
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], heads
    finally:
        server.close()


def normal(head: bytes) -> tuple[str, set[str]]:
    """The request line, and the other lines without case, order and what differs on purpose."""
    first, *lines = head.decode().split("\r\n")
    kept = {line for line in map(str.lower, lines) if not line.startswith(("via:", "user-agent:", "accept-encoding:"))}
    return first, kept


PASSED_ON = [name for name in SAME if name != "a body and a trailer"]
"""Caddy announces a request's trailers to the upstream and leaves them out; we pass them on by HTTP/2."""


@pytest.mark.peer
@pytest.mark.parametrize("name", PASSED_ON)
async def test_an_upstream_of_http1_sees_the_same(both: MakeBoth, name: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/plain\r\nX-Up: 1\r\nKeep-Alive: 5\r\n\r\nok"
    if SAME[name][0][0][1] == b"HEAD":
        answer = answer[:-2]
    async with recording(answer) as (port, heads), both(f"reverse_proxy 127.0.0.1:{port}") as running:
        theirs, ours = await ask(running, *SAME[name])
        assert theirs == ours
        assert normal(heads[0]) == normal(heads[1])


@pytest.fixture
async def h2c_upstream(serve: Serve) -> AsyncIterator[Callable[[], str]]:
    """An upstream that tells how it was asked, in trailers too."""

    async def telling(exchange: Exchange) -> None:
        body = b""
        while piece := await exchange.body.read():
            body += piece
        told = sorted(name.lower() for name, _ in exchange.headers if name.lower() not in _UNLIKE)
        text = f"{exchange.version} {exchange.method} {exchange.host} {exchange.uri} {told} {body!r}"
        await exchange.writer.start(200, [(b"Content-Type", b"text/plain"), (b"Trailer", b"X-After")], None)
        await exchange.writer.write(text.encode())
        await exchange.writer.finish([(b"X-After", b"%d" % len(exchange.body.trailers))])

    async with serve(telling, protocols=("h2c",)) as running:
        yield lambda: f"h2c://127.0.0.1:{running.address[1]}"


_UNLIKE = {b"user-agent", b"accept-encoding", b"via"}


@pytest.mark.peer
@pytest.mark.parametrize("name", PASSED_ON)
async def test_an_upstream_of_http2_sees_the_same(both: MakeBoth, h2c_upstream: Callable[[], str], name: str) -> None:
    async with both(f"reverse_proxy {h2c_upstream()}") as running:
        theirs, ours = await ask(running, *SAME[name])
        assert theirs == ours


@pytest.mark.peer
async def test_an_upstream_that_is_not_there_is_502(both: MakeBoth) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with both(f"reverse_proxy h2c://127.0.0.1:{port}") as running:
        theirs, ours = await ask(running, GET)
        assert theirs == ours
        assert ours.status == 502
