"""Scripted responders behind a proxy: what becomes of answers that are late, broken, or not there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from pogoproxy.http.regexp import compile_regexp
from pogoproxy.upstream.fastcgi.connection import parse_head
from pogoproxy.upstream.fastcgi.leg import FastCGILeg
from pogoproxy.upstream.fastcgi.records import Kind, RecordReader, stream
from pogoproxy.upstream.fastcgi.variables import Variables
from pogoproxy.upstream.leg import Deadlines
from pogoproxy.upstream.probe import Probe
from pogoproxy.upstream.proxy import Buffers
from pogoproxy.upstream.target import Targets
from tests.wire import Client, Origin, Running

Script = Callable[[Client], Any]
END = bytes.fromhex("0103000100080000 0000000000000000")
OVERLOADED = bytes.fromhex("0103000100080000 0000000002000000")
HEAD = b"Content-Type: text/plain\r\n\r\n"
GET = b"GET /x.php HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def out(data: bytes) -> bytes:
    return stream(Kind.STDOUT, data)


async def received(client: Client) -> tuple[bytes, bytes]:
    """One whole request: its parameters and its body."""
    reader, streams = RecordReader(), {Kind.PARAMS: b"", Kind.STDIN: b""}
    while True:
        data = await asyncio.wait_for(client.reader.read(65536), 10)
        if not data:
            raise ConnectionResetError
        for record in reader.feed(data):
            if record.kind == Kind.STDIN and not record.content:
                return streams[Kind.PARAMS], streams[Kind.STDIN]
            if record.kind in streams:
                streams[Kind(record.kind)] += record.content


def saying(*pieces: bytes) -> Script:
    """A responder that answers each request of a connection with these bytes, and closes."""

    async def script(client: Client) -> None:
        await received(client)
        for piece in pieces:
            client.send(piece)
            await client.writer.drain()

    return script


Site = Callable[..., AbstractAsyncContextManager[tuple[Running, Origin]]]


@pytest.fixture
def site(origin: Any, proxied: Any) -> Site:
    """`async with site(script) as (running, responder)`: a proxy to a scripted responder."""

    @contextlib.asynccontextmanager
    async def running(
        script: Script, *, deadlines: Deadlines | None = None, kept: int = 0, **more: Any
    ) -> AsyncIterator[tuple[Running, Origin]]:
        variables = Variables.of("/srv", [".php"], {}, resolves_root=False)
        leg = FastCGILeg(variables, deadlines=deadlines, kept=kept)
        async with origin(script) as responder, proxied(responder.dial, leg=leg, **more) as server:
            yield server, responder

    return running


@pytest.mark.parametrize(
    ("said", "status", "body"),
    [
        (out(HEAD + b"hello") + END, b"200", b"hello"),
        (out(b"Status: 404 Not Found\r\n" + HEAD + b"gone") + END, b"404", b"gone"),
        (out(b"Status: 204\r\n\r\n") + END, b"204", b""),
        (out(b"A: b\n\nhello") + END, b"200", b"hello"),
        (out(HEAD) + END, b"200", b""),
        (out(b"Content-Length: 5\r\n\r\n") + out(b"he") + out(b"llo") + END, b"200", b"hello"),
        (b"".join(out(HEAD[n : n + 1]) for n in range(len(HEAD))) + out(b"x") + END, b"200", b"x"),
        (stream(Kind.STDERR, b"warning\n") + out(HEAD + b"fine") + END, b"200", b"fine"),
        (out(HEAD) + stream(Kind.STDERR, b"late") + out(b"fine") + END, b"200", b"fine"),
    ],
)
async def test_what_is_an_answer(site: Site, said: bytes, status: bytes, body: bytes) -> None:
    async with site(saying(said)) as (running, _):
        answer = await running.ask(LAST)
    assert answer.split()[1] == status
    assert body in answer.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"", b"502"),
        (END, b"200"),
        (OVERLOADED, b"503"),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", b"502"),
        (out(b"Content-Type: text/plain\r\n"), b"502"),
        (out(b"no field\r\n\r\nhello") + END, b"502"),
        (out(b"Bad Name: x\r\n\r\n") + END, b"502"),
        (out(b"Status: abc\r\n\r\n") + END, b"502"),
        (out(b"Status: 999\r\n\r\n") + END, b"502"),
        (out(b"Status: 101\r\n\r\n") + END, b"502"),
        (out(b"Content-Length: -1\r\n\r\n") + END, b"502"),
        (out(b"X: " + b"y" * 300_000), b"502"),
        (bytes.fromhex("0103000100020000 0000"), b"502"),
    ],
)
async def test_what_is_none(site: Site, said: bytes, status: bytes) -> None:
    async with site(saying(said)) as (running, _):
        assert (await running.ask(LAST)).split()[1] == status


@pytest.mark.parametrize(
    "said",
    [
        out(HEAD + b"half of it"),
        out(b"Content-Length: 10\r\n\r\nhalf") + END,
        out(b"Content-Length: 2\r\n\r\nhalf") + END,
    ],
)
async def test_an_answer_that_breaks_off_never_looks_whole(site: Site, said: bytes) -> None:
    async with site(saying(said, b"")) as (running, _):
        answer = await running.ask(LAST)
    head, _, body = answer.partition(b"\r\n\r\n")
    is_whole = body.endswith(b"0\r\n\r\n") or b"Content-Length: %d\r\n" % len(body) in head + b"\r\n"
    assert not answer or b" 502 " in head or not is_whole


async def test_a_body_streams_up_and_its_length_is_told(site: Site) -> None:
    seen = []

    async def script(client: Client) -> None:
        seen.append(await received(client))
        client.send(out(HEAD + b"ok") + END)

    body = bytes(range(256)) * 2000
    async with site(script) as (running, _):
        head = b"POST /x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
        assert (await running.ask(head + body)).endswith(b"2\r\nok\r\n0\r\n\r\n")
    assert seen[0][1] == body
    assert b"\x0e\x06CONTENT_LENGTH512000" in seen[0][0]


async def test_a_body_of_unknown_length_is_counted_or_refused(site: Site) -> None:
    async def script(client: Client) -> None:
        _, body = await received(client)
        client.send(out(HEAD + b"%d" % len(body)) + END)

    head = b"POST /x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with site(script, buffers=Buffers(request=4096)) as (running, _):
        assert b"\r\n5\r\n" in await running.ask(head + b"5\r\nhello\r\n0\r\n\r\n")
        long = head + b"2000\r\n" + b"x" * 0x2000 + b"\r\n0\r\n\r\n"
        assert (await running.ask(long)).startswith(b"HTTP/1.1 411 ")


async def test_connections_are_kept_where_that_is_wanted(site: Site) -> None:
    async def script(client: Client) -> None:
        while True:
            params, _ = await received(client)
            assert params
            client.send(out(HEAD + b"ok") + END)

    async with site(script, kept=2) as (running, responder):
        for _ in range(3):
            assert b"ok" in await running.ask(LAST)
        assert responder.connections == 1
    async with site(script) as (running, responder):
        for _ in range(3):
            assert b"ok" in await running.ask(LAST)
        assert responder.connections == 3


async def test_a_kept_connection_that_was_closed_is_replaced_without_a_word(site: Site) -> None:
    """The responder closes an idle connection just as the next request comes: only what is safe is sent again."""

    async def script(client: Client) -> None:
        await received(client)
        client.send(out(HEAD + b"ok") + END)
        await received(client)  # and then it dies without an answer

    async with site(script, kept=2) as (running, responder):
        assert b"ok" in await running.ask(LAST)
        assert b"ok" in await running.ask(LAST)
        assert responder.connections == 2
        post = b"POST /x.php HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        assert (await running.ask(post)).startswith(b"HTTP/1.1 502 ")


async def test_a_head_request_gets_no_body_and_the_connection_goes_on(site: Site) -> None:
    async def script(client: Client) -> None:
        while True:
            await received(client)
            client.send(out(b"Content-Length: 5\r\n\r\nhello") + END)

    async with site(script, kept=1) as (running, responder):
        answer = await running.ask(LAST.replace(b"GET", b"HEAD"))
        assert answer.endswith(b"\r\n\r\n") and b"Content-Length: 5\r\n" in answer
        assert (await running.ask(LAST)).endswith(b"hello")
        assert responder.connections == 1


async def test_a_responder_that_is_silent_is_a_gateway_timeout(site: Site) -> None:
    async def script(client: Client) -> None:
        await client.rest()

    async with site(script, deadlines=Deadlines(0.1, 0.1)) as (running, _):
        assert (await running.ask(LAST)).startswith(b"HTTP/1.1 504 ")


async def test_the_responder_hears_of_a_client_that_leaves(site: Site) -> None:
    gone = asyncio.Event()

    async def script(client: Client) -> None:
        await received(client)
        await client.rest()
        gone.set()

    async with site(script) as (running, _):
        client = await running.connect()
        client.send(GET)
        while not client.writer.transport.is_closing():
            client.close()
        await asyncio.wait_for(gone.wait(), 10)


async def test_stderr_is_logged_by_line(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "pogoproxy.upstream.fastcgi")
    said = stream(Kind.STDERR, b"PHP Warning: one\nPHP Warning: t") + stream(Kind.STDERR, b"wo")
    async with site(saying(said + out(b"Status: 500\r\n\r\n") + END)) as (running, _):
        await running.ask(LAST)
    assert caplog.messages == ["responder stderr: PHP Warning: one", "responder stderr: PHP Warning: two"]
    assert {record.levelname for record in caplog.records} == {"ERROR"}


async def test_a_responder_can_be_probed(origin: Any) -> None:
    seen = []

    async def script(client: Client) -> None:
        seen.append(await received(client))
        client.send(out(HEAD + b"pong") + END)

    leg = FastCGILeg(Variables.of("/srv", [".php"], {}, resolves_root=False))
    async with origin(script) as responder:
        probe = Probe(uri="/ping", expect_body=compile_regexp("pong"))
        assert await probe.passes(leg, Targets().at(responder.dial))
    assert b"\x0b\x05SCRIPT_NAME/ping" in seen[0][0]


def test_heads_are_parsed_strictly() -> None:
    assert parse_head(b"Status: 302 Found\r\nLocation: /x\r\nSet-Cookie: a=b ") == (
        302,
        [(b"Location", b"/x"), (b"Set-Cookie", b"a=b")],
    )
    for wrong in (b"A : b", b": b", b"A: b\0", b"A: b\rC: d"):
        with pytest.raises(ValueError, match="malformed"):
            parse_head(wrong)
