"""The front's HTTP/1 server, seen from the wire."""

from __future__ import annotations

import asyncio
import re

import pytest

from pogoproxy.errors import HandlerError
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.limits import Limits

HOST = b"Host: a.example\r\n"


async def hello(exchange: Exchange) -> None:
    """Answers with what it was asked."""
    body = b""
    while piece := await exchange.body.read():
        body += piece
    text = f"{exchange.method} {exchange.host} {exchange.path} {exchange.query} ".encode() + body
    await exchange.writer.start(200, [(b"Content-Type", b"text/plain")], len(text))
    await exchange.writer.write(text)
    await exchange.writer.finish()


async def unread(exchange: Exchange) -> None:
    """Refuses a body without reading it."""
    await exchange.writer.start(413, [], 0)
    await exchange.writer.finish()


async def streamed(exchange: Exchange) -> None:
    """Two pieces whose total length is not known ahead."""
    await exchange.writer.start(200, [], None)
    await exchange.writer.write(b"one")
    await exchange.writer.write(b"three")
    await exchange.writer.finish()


async def test_answers_several_requests_on_one_connection(serve):
    async with serve(hello) as running:
        client = await running.connect()
        for number in range(3):
            client.send(b"GET /%d?q HTTP/1.1\r\n%b\r\n" % (number, HOST))
            head = await client.head()
            assert head.startswith(b"HTTP/1.1 200 OK\r\nServer: pogoproxy\r\nContent-Type: text/plain\r\nDate: ")
            assert head.endswith(b" GMT\r\nContent-Length: 19\r\n\r\n")
            assert await client.exactly(19) == b"GET a.example /%d q " % number
        client.close()


async def test_pipelined_requests_are_answered_in_order(serve):
    async with serve(hello) as running:
        requests = b"".join(b"GET /%d HTTP/1.1\r\n%b\r\n" % (number, HOST) for number in range(20))
        answer = await running.ask(requests + b"GET /last HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert re.findall(rb"a\.example /(\w+)", answer) == [b"%d" % number for number in range(20)] + [b"last"]


async def test_a_body_with_a_length_and_a_chunked_one_are_read(serve):
    async with serve(hello) as running:
        plain = b"POST / HTTP/1.1\r\nContent-Length: 5\r\nConnection: close\r\n" + HOST + b"\r\nhello"
        assert (await running.ask(plain)).endswith(b" hello")
        chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n" + HOST
        assert (await running.ask(chunked + b"\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")).endswith(b" hello")


async def test_an_answer_of_unknown_length_is_chunked_for_http_1_1_and_closed_for_http_1_0(serve):
    async with serve(streamed) as running:
        answer = await running.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert b"Transfer-Encoding: chunked\r\n" in answer
        assert answer.endswith(b"\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")
        answer = await running.ask(b"GET / HTTP/1.0\r\n\r\n")
        assert b"chunked" not in answer
        assert answer.endswith(b"\r\n\r\nonethree")


async def test_http_1_0_keep_alive_is_confirmed(serve):
    async with serve(hello) as running:
        client = await running.connect()
        client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert b"Connection: keep-alive\r\n" in await client.head()
        client.close()


async def test_head_has_the_length_and_no_body(serve):
    async with serve(hello) as running:
        answer = await running.ask(b"HEAD / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert answer.endswith(b"Content-Length: 18\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("status", [204, 304])
async def test_an_answer_without_a_body_has_no_framing(serve, status):
    async def endpoint(exchange: Exchange) -> None:
        await exchange.writer.start(status, [], None)
        await exchange.writer.write(b"never sent")
        await exchange.writer.finish()

    async with serve(endpoint) as running:
        answer = await running.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")
        assert b"Content-Length" not in answer
        assert b"chunked" not in answer
        assert answer.endswith(b"\r\n\r\n")


async def test_continue_is_sent_only_when_the_body_is_read(serve):
    request = b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n" + HOST + b"\r\n"
    async with serve(hello) as running:
        client = await running.connect()
        client.send(request)
        assert await client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"ab")
        assert (await client.head()).startswith(b"HTTP/1.1 200")
        client.close()
    async with serve(unread) as running:
        client = await running.connect()
        client.send(request)
        head = await client.head()
        assert head.startswith(b"HTTP/1.1 413")
        client.close()


async def test_an_expectation_that_we_do_not_know_is_417(serve):
    async with serve(hello) as running:
        answer = await running.ask(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nExpect: miracles\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 417 ")


async def test_an_early_answer_reaches_a_client_that_is_still_sending(serve):
    async with serve(unread) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nContent-Length: 100000000\r\n" + HOST + b"\r\n")
        for _ in range(20):
            client.send(b"x" * 65536)
        assert (await client.head()).startswith(b"HTTP/1.1 413")
        assert await client.rest() == b""
        client.close()


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET http://u@h/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
        (
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400),
        (b"CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 70000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X%d: %b\r\n" % (n, b"a" * 9000) for n in range(8)), 431),
        (b"\x16\x03\x01\x02\x00", 400),
    ],
)
async def test_what_two_parsers_could_read_differently_is_refused(serve, request_bytes, status):
    async with serve(hello) as running:
        answer = await running.ask(request_bytes)
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        assert answer.count(b"HTTP/1.1") == 1
        assert b"Connection: close\r\n" in answer


async def test_an_absolute_target_decides_the_host(serve):
    async with serve(hello) as running:
        answer = await running.ask(b"GET http://b.example/x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert answer.endswith(b"GET b.example /x y ")


async def test_headers_that_could_pass_for_ours_are_dropped(serve):
    seen = []

    async def endpoint(exchange: Exchange) -> None:
        seen.extend(exchange.headers)

    async with serve(endpoint) as running:
        await running.ask(b"GET / HTTP/1.0\r\nX_Forwarded_For: 1\r\nX.Y: 2\r\nX-Ok: 3\r\n\r\n")
    assert seen == [(b"X-Ok", b"3")]


async def test_a_line_end_in_a_value_cannot_start_another_header(serve):
    async def endpoint(exchange: Exchange) -> None:
        exchange.response_headers.append((b"X", b"a\r\nSet-Cookie: evil"))

    async with serve(endpoint) as running:
        answer = await running.ask(b"GET / HTTP/1.0\r\n\r\n")
        assert b"X: a  Set-Cookie: evil\r\n" in answer


async def test_a_failure_becomes_its_status_and_a_crash_500(serve, caplog):
    async def endpoint(exchange: Exchange) -> None:
        if exchange.path == "/crash":
            raise ValueError("a bug")
        raise HandlerError(418)

    async with serve(endpoint) as running:
        assert (await running.ask(b"GET / HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 418 I'm a teapot\r\n")
        assert (await running.ask(b"GET /crash HTTP/1.0\r\n\r\n")).startswith(b"HTTP/1.1 500 ")
    assert "method=GET target=/crash" in caplog.text


async def test_an_answer_that_breaks_off_never_looks_whole(serve):
    async def endpoint(exchange: Exchange) -> None:
        await exchange.writer.start(200, [], None)
        await exchange.writer.write(b"half")
        raise HandlerError(502)

    async with serve(endpoint) as running:
        chunked = await running.ask(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert chunked.endswith(b"4\r\nhalf\r\n")
        client = await running.connect()
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            while await client.reader.read(65536):
                pass


async def test_a_client_that_leaves_cancels_the_work_for_it(serve):
    begun, cancelled = asyncio.Event(), asyncio.Event()

    async def endpoint(exchange: Exchange) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await asyncio.wait_for(begun.wait(), 5)
        client.close()
        await asyncio.wait_for(cancelled.wait(), 5)


async def test_a_client_that_only_ends_its_requests_still_gets_its_answer(serve):
    async with serve(hello) as running:
        client = await running.connect()
        client.send(b"GET /1 HTTP/1.1\r\n" + HOST + b"\r\nGET /2 HTTP/1.1\r\n" + HOST + b"\r\n")
        client.writer.write_eof()
        assert re.findall(rb"a\.example /(\d)", await client.rest()) == [b"1", b"2"]
        client.close()


async def test_a_slow_reader_holds_the_writer_back(serve):
    written = 0

    async def endpoint(exchange: Exchange) -> None:
        nonlocal written
        await exchange.writer.start(200, [], None)
        while True:
            await exchange.writer.write(b"x" * 65536)
            written += 65536

    async with serve(endpoint) as running:
        client = await running.connect()
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await client.head()
        before = -1
        while before != written:
            before = written
            await asyncio.sleep(0.05)
        assert written < 32 * 1024 * 1024
        client.close()


async def test_drain_finishes_what_runs_and_says_how_many_it_cut(serve):
    release, begun = asyncio.Event(), asyncio.Event()

    async def endpoint(exchange: Exchange) -> None:
        if exchange.path == "/idle":
            return
        begun.set()
        await (release.wait() if exchange.path == "/short" else asyncio.Event().wait())

    async with serve(endpoint) as running:
        short, long, idle = [await running.connect() for _ in range(3)]
        idle.send(b"GET /idle HTTP/1.1\r\n" + HOST + b"\r\n")
        await idle.head()
        short.send(b"GET /short HTTP/1.1\r\n" + HOST + b"\r\n")
        await asyncio.wait_for(begun.wait(), 5)
        begun.clear()
        long.send(b"GET /long HTTP/1.1\r\n" + HOST + b"\r\n")
        await asyncio.wait_for(begun.wait(), 5)
        draining = asyncio.create_task(running.server.drain(0.3))
        assert await idle.rest() == b""
        release.set()
        assert b"Connection: close\r\n" in await short.rest()
        assert await draining == 1
        assert await long.rest() == b""
        with pytest.raises(OSError, match="Connect"):
            await running.connect()
        for client in (short, long, idle):
            client.close()


async def test_a_client_that_has_just_come_is_answered_while_the_server_drains(serve):
    """It cannot know whether its first request was seen, so closing at once would lose what it may not send again."""
    async with serve(hello) as running:
        client = await running.connect()
        assert await running.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")  # accepted after it
        draining = asyncio.create_task(running.server.drain(5))
        await asyncio.sleep(0)
        client.send(b"POST / HTTP/1.1\r\nContent-Length: 0\r\n" + HOST + b"\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"Connection: close\r\n" in answer
        assert await draining == 0
        client.close()


async def test_the_moment_that_a_new_client_has_in_a_drain_does_not_begin_before_the_drain(serve):
    """By the clock of the last sweep it could be over at once."""
    async with serve(hello) as running:
        client = await running.connect()
        assert await running.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")  # accepted after it
        running.server.now -= 1
        begin = asyncio.get_running_loop().time()
        (fresh,) = running.server.connections
        fresh.retire()
        assert fresh.read_deadline >= begin + 0.5
        client.close()


async def test_a_request_that_comes_on_an_idle_connection_in_a_drain_is_answered(serve):
    async with serve(hello) as running:
        client = await running.connect()
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert b"Connection: close" not in await client.until(b" /  ")
        draining = asyncio.create_task(running.server.drain(10))
        await asyncio.sleep(0)
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        answer = await client.rest()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"Connection: close\r\n" in answer
        assert await draining == 0
        client.close()


async def test_a_client_that_has_just_come_and_says_nothing_holds_up_no_drain(serve):
    async with serve(hello) as running:
        client = await running.connect()
        assert await running.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n" + HOST + b"\r\n")  # accepted after it
        assert await asyncio.wait_for(running.server.drain(30), 10) == 0
        assert await client.rest() == b""
        client.close()


async def test_slow_heads_and_bodies_get_408(serve):
    async with serve(hello, Limits(read_header=0.1, body_idle=0.1)) as running:
        assert (await running.ask(b"GET / HTTP/1.1\r\nHost:")).startswith(b"HTTP/1.1 408 ")
        late = await running.ask(b"POST / HTTP/1.1\r\nContent-Length: 5\r\n" + HOST + b"\r\nab")
        assert late.startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_turns_out_malformed_fails_its_reader(serve):
    async with serve(hello) as running:
        client = await running.connect()
        client.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + HOST + b"\r\n3\r\nabc\r\n")
        await asyncio.sleep(0)
        client.send(b"zz\r\n")
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")
        client.close()


async def test_a_new_endpoint_answers_the_next_request(serve):
    async with serve(hello) as running:
        client = await running.connect()
        client.send(b"GET /1 HTTP/1.1\r\n" + HOST + b"\r\n")
        await client.until(b"/1  ")
        running.server.endpoint = unread
        client.send(b"GET /2 HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await client.head()).startswith(b"HTTP/1.1 413")
        client.close()


async def test_beyond_the_limit_a_connection_is_refused_at_once(serve):
    async with serve(hello, Limits(connections=1)) as running:
        first = await running.connect()
        first.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await first.head()
        second = await running.connect()
        assert (await second.rest()).startswith(b"HTTP/1.1 503 ")
