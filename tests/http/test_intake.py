"""What a connection makes of the bytes that arrive, and that remembering heads changes none of it."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from pogoproxy.http.connection import Connection
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.server import Server

PIECES = (
    b"GET /a HTTP/1.1\r\nHost: one\r\n\r\n",
    b"GET /b HTTP/1.1\r\nHost: one\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: one\r\nX: 1\r\n\r\n",
    b"GET /a HTTP/1.0\r\nHost: one\r\nConnection: keep-alive\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: one\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: one\r\nContent-Length: 4\r\n\r\n",
    b"POST /a HTTP/1.1\r\nHost: one\r\nContent-Length: 4\r\n\r\nbody",
    b"POST /a HTTP/1.1\r\nHost: one\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: one\r\nConnection: close\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n",
    b"GET /a HTTP/1.1\r\nHost: one\r\nUpgrade: other\r\nConnection: upgrade\r\n\r\n",
    b"body",
    b"\r\n",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"GET /part HT",
    b"TP/1.1\r\nHost: one\r\n",
    b"X: GET /a HTTP/1.1\r\n",
    b"GET /poison HTTP/1.1\r\nX: ",
)
"""What a client may send in one go: heads, bodies, and what no head begins or ends with."""


class Socket:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.is_paused = False
        self.end = ""

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_extra_info(self, name: str) -> Any:
        return None

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.end = "half"

    def close(self) -> None:
        self.end = "closed"

    def abort(self) -> None:
        self.end = "cut"


class Forgetful(dict[bytes, Any]):
    """Nothing that is put into it is there."""

    def __setitem__(self, data: bytes, head: Any) -> None:
        pass


async def echo(exchange: Exchange) -> None:
    """Answers with what it was asked, and leaves its marks on the exchange."""
    body = b""
    while piece := await exchange.body.read():
        body += piece
    told = b" ".join([name + b"=" + value for name, value in exchange.headers])
    exchange.headers.append((b"X-Mark", b"left behind"))
    text = b"%b %b %b %b" % (exchange.method.encode(), exchange.uri.encode(), told, body)
    await exchange.writer.respond(200, [], text)


async def converse(pieces: list[tuple[bytes, bool]], *, remembers: bool) -> tuple[bytes, str, int]:
    """What a client gets for these pieces, each sent at once or when all before is answered; and how it ends."""
    server = Server(echo, ())
    if not remembers:
        server.heads = Forgetful()
    async with server:
        connection, sock = Connection(server), Socket()
        connection.connection_made(sock)  # type: ignore[arg-type]
        for data, is_waited_for in pieces:
            if is_waited_for:
                await settle()
            if sock.end or sock.is_paused:
                break
            connection.data_received(data)
        await settle()
        connection.connection_lost(None)
        await settle()
    return b"".join(sock.written), sock.end, len(server.heads)


async def settle() -> None:
    """Give every task its turns."""
    for _ in range(12):
        await asyncio.sleep(0)


def run(pieces: list[tuple[bytes, bool]], *, remembers: bool) -> tuple[bytes, str, int]:
    """`converse` on a front's loop; the date is no part of the answer."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        written, end, known = runner.run(converse(pieces, remembers=remembers))
    return b"".join(line for line in written.splitlines(keepends=True) if not line.startswith(b"Date")), end, known


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.booleans()), max_size=12))
@settings(max_examples=300, deadline=None)
def test_a_client_gets_the_same_whether_heads_are_remembered_or_not(pieces: list[tuple[bytes, bool]]) -> None:
    known = [(piece, True) for piece in PIECES[:5]]
    assert run(known + pieces, remembers=True)[:2] == run(known + pieces, remembers=False)[:2]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_nor_does_it_matter_where_the_stream_is_cut(data: st.DataObject) -> None:
    stream = b"".join(data.draw(st.lists(st.sampled_from(PIECES), max_size=6)))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)), max_size=8)) | {0, len(stream)})
    pieces = [(PIECES[0], True), (PIECES[1], True)]
    pieces += [(stream[a:b], data.draw(st.booleans())) for a, b in itertools.pairwise(cuts) if a < b]
    pieces += [(PIECES[0], True), (PIECES[1], True)]
    assert run(pieces, remembers=True)[:2] == run(pieces, remembers=False)[:2]


@pytest.mark.parametrize("piece", PIECES[:5])
def test_a_head_without_a_body_is_remembered_once(piece: bytes) -> None:
    assert run([(piece, True)] * 3, remembers=True)[2] == 1


@pytest.mark.parametrize("piece", [*PIECES[5:11], PIECES[0] + PIECES[1], b"\r\n" + PIECES[0]])
def test_what_has_a_body_or_ends_the_connection_or_is_more_than_one_head_is_not(piece: bytes) -> None:
    assert run([(piece, True)], remembers=True)[2] == 0


def test_the_end_of_a_head_that_looks_like_a_head_is_not_taken_for_it() -> None:
    """A client that has its head remembered under the bytes of another would answer for all who send those."""
    written, _, _ = run([(b"GET /poison HTTP/1.1\r\nX: ", True), (PIECES[0], True), (PIECES[0], True)], remembers=True)
    assert written.count(b"GET /poison X=GET /a HTTP/1.1 Host=one") == 1
    assert written.endswith(b"GET /a Host=one ")


def test_long_heads_and_more_than_a_server_keeps_are_not() -> None:
    long = b"GET /a HTTP/1.1\r\nHost: one\r\nX: %b\r\n\r\n" % (b"x" * 4000)
    many = [(b"GET /%d HTTP/1.1\r\nHost: one\r\n\r\n" % number, True) for number in range(600)]
    assert run([(long, True)], remembers=True)[2] == 0
    assert run(many, remembers=True)[2] == 512
