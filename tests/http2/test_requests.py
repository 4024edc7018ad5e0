"""Requests over HTTP/2 through the same handlers, seen from the wire."""

from __future__ import annotations

import asyncio

import pytest

from pogoproxy.errors import ClientGone, HandlerError
from pogoproxy.http.exchange import Exchange
from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import END_HEADERS, END_STREAM, Kind
from tests.http2.peer import GET, PATIENCE, POST, Peer, echo

WINDOW = 256 * 1024
"""Bytes that a stream may send at first."""


async def test_a_request_is_answered(h2):
    async with h2(echo) as peer:
        answer = await peer.ask(1)
        assert answer.body == b"GET a.example / "
        assert list(answer.fields) == [b":status", b"server", b"content-type", b"date", b"content-length"]


async def test_the_same_port_speaks_http1_to_those_who_do(serve, connect):
    async with serve(echo) as running:
        assert (await running.ask(b"GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n")).endswith(b"GET b / ")


async def test_without_h2c_the_preface_is_a_bad_request(serve, connect):
    async with serve(echo, protocols=("h1", "h2")) as running, connect(running) as peer:
        peer.greet()
        assert (await asyncio.wait_for(peer.reader.read(), PATIENCE))[:12] in (b"HTTP/1.1 505", b"HTTP/1.1 400")


async def test_without_h1_a_client_of_http1_is_cut_off(serve):
    async with serve(echo, protocols=("h2c",)) as running:
        assert await running.ask(b"GET / HTTP/1.1\r\nHost: b\r\n\r\n") == b""


async def test_many_streams_are_answered_at_once_and_in_any_order(h2):
    gates = [asyncio.Event() for _ in range(20)]

    async def when_opened(exchange: Exchange) -> None:
        number = int(exchange.path[1:])
        await gates[number].wait()
        if number:
            gates[number - 1].set()
        await echo(exchange)

    async with h2(when_opened) as peer:
        for number in range(20):
            peer.request(2 * number + 1, [*GET[:2], (b":path", b"/%d" % number), GET[3]])
        await peer.pong()
        gates[19].set()
        for number in reversed(range(20)):
            assert (await peer.answer(2 * number + 1)).body == b"GET a.example /%d " % number


async def test_a_body_and_the_trailer_behind_it_arrive(h2):
    trailers = []

    async def keeping(exchange: Exchange) -> None:
        await echo(exchange)
        trailers.extend(exchange.body.trailers)

    async with h2(keeping) as peer:
        peer.request(1, POST, end=False)
        peer.data(1, b"one ")
        peer.data(1, b"two")
        peer.request(1, [(b"x-sum", b"7")])
        assert (await peer.answer(1)).body.endswith(b" one two")
        assert trailers == [(b"x-sum", b"7")]


async def counting(exchange: Exchange) -> None:
    """Reads a body as fast as it comes."""
    while await exchange.body.read():
        pass
    await exchange.writer.start(200, [(b"X-Size", b"%d" % exchange.body.received)], 0)


async def upload(peer: Peer, size: int, spare: int = 0) -> int:
    """Send so much on stream 1 as fast as the windows allow, and wait for room for `spare`; how much room there is."""
    windows = {0: 65535, 1: 0}
    while size or windows[1] < spare:
        room = min(windows[0], windows[1], 16384, size)
        if room > 0:
            peer.data(1, bytes(room))
            size -= room
            windows = {stream: window - room for stream, window in windows.items()}
            continue
        frame = await peer.frame()
        assert frame is not None
        if frame.kind is Kind.WINDOW_UPDATE:
            windows[frame.stream] += int.from_bytes(frame.payload, "big")
        if frame.kind is Kind.SETTINGS and frame.payload:
            windows[1] += WINDOW
    return windows[1]


async def test_an_upload_larger_than_the_windows_goes_on_as_it_is_read(h2):
    async with h2(counting) as peer:
        peer.request(1, POST, end=False)
        await upload(peer, 3 * 1024 * 1024)
        peer.data(1, b"", end=True)
        assert (await peer.answer(1)).fields[b"x-size"] == b"%d" % (3 * 1024 * 1024)


async def test_the_window_of_an_upload_that_is_read_at_once_grows_for_clients_far_away(h2):
    async with h2(counting) as peer:
        peer.request(1, POST, end=False)
        assert await upload(peer, 3 * 1024 * 1024, spare=2 * WINDOW + 1) <= 3 * WINDOW


async def test_nobody_reads_so_the_window_stays_shut(h2):
    async def waiting(exchange: Exchange) -> None:
        await asyncio.Event().wait()

    async with h2(waiting) as peer:
        peer.request(1, POST, end=False)
        for _ in range(16):
            peer.data(1, bytes(16384))
        await peer.pong()
        assert all(frame.stream == 0 for frame in peer.seen if frame.kind is Kind.WINDOW_UPDATE)
        peer.data(1, b"x")
        assert await peer.reset(1) is Code.FLOW_CONTROL_ERROR


async def test_an_answer_waits_for_the_window_of_its_stream(h2):
    async def long(exchange: Exchange) -> None:
        await exchange.writer.start(200, [], 30)
        await exchange.writer.write(b"a" * 30)

    async with h2(long, {"initial_window_size": 10}) as peer:
        peer.request(1)
        assert (await peer.of_kind(Kind.DATA)).payload == b"a" * 10
        await peer.pong()
        peer.send(Kind.WINDOW_UPDATE, 0, 1, (15).to_bytes(4, "big"))
        assert (await peer.of_kind(Kind.DATA)).payload == b"a" * 15
        peer.send(Kind.WINDOW_UPDATE, 0, 1, (50).to_bytes(4, "big"))
        last = await peer.of_kind(Kind.DATA)
        assert (last.payload, last.ends_stream) == (b"a" * 5, True)


async def test_informational_answers_and_trailers_are_frames_of_their_own(h2):
    async def telling(exchange: Exchange) -> None:
        await exchange.writer.inform(103, [(b"Link", b"</a>")])
        await exchange.writer.start(200, [], None)
        await exchange.writer.write(b"x")
        await exchange.writer.finish([(b"Grpc-Status", b"0")])

    async with h2(telling) as peer:
        answer = await peer.ask(1)
        assert answer.informed == [{b":status": b"103", b"link": b"</a>"}]
        assert (answer.body, answer.trailers) == (b"x", {b"grpc-status": b"0"})
        assert b"content-length" not in answer.fields


async def test_100_continue_is_sent_when_somebody_reads(h2):
    async with h2(echo) as peer:
        peer.request(1, [*POST, (b"expect", b"100-continue")], end=False)
        assert peer.fields(await peer.of_kind(Kind.HEADERS)) == {b":status": b"100"}
        peer.data(1, b"x", end=True)
        assert (await peer.answer(1)).body == b"POST a.example / x"


async def test_head_has_the_length_and_no_body(h2):
    async with h2(echo) as peer:
        answer = await peer.ask(1, [(b":method", b"HEAD"), *GET[1:]])
        assert (answer.fields[b"content-length"], answer.body) == (b"17", b"")


async def test_headers_of_http1_and_line_ends_do_not_get_out(h2):
    async def odd(exchange: Exchange) -> None:
        fields = [(b"Connection", b"x"), (b"Keep-Alive", b"1"), (b"X-A", b"a\r\nb: c"), (b"bad name", b"1")]
        await exchange.writer.start(200, fields, 0)

    async with h2(odd) as peer:
        answer = await peer.ask(1)
        assert answer.fields[b"x-a"] == b"a  b: c"
        assert not {b"connection", b"keep-alive", b"bad name"} & answer.fields.keys()


async def test_an_answer_that_breaks_off_is_reset(h2):
    async def broken(exchange: Exchange) -> None:
        await exchange.writer.start(200, [], None)
        await exchange.writer.write(b"half")
        raise HandlerError(502)

    async with h2(broken) as peer:
        peer.request(1)
        assert await peer.reset(1) is Code.INTERNAL_ERROR


async def test_an_error_before_the_answer_is_an_answer(h2):
    async def failing(exchange: Exchange) -> None:
        raise HandlerError(503)

    async with h2(failing) as peer:
        assert (await peer.ask(1)).status == 503


async def test_an_aborted_request_is_reset(h2):
    async def aborting(exchange: Exchange) -> None:
        raise ClientGone("abort")

    async with h2(aborting) as peer:
        peer.request(1)
        assert await peer.reset(1) is Code.INTERNAL_ERROR


async def test_an_answer_without_the_body_being_read_ends_the_stream_softly(h2):
    async def refusing(exchange: Exchange) -> None:
        await exchange.writer.start(413, [], 0)

    async with h2(refusing) as peer:
        peer.request(1, POST, end=False)
        peer.data(1, b"some")
        assert peer.fields(await peer.of_kind(Kind.HEADERS))[b":status"] == b"413"
        assert await peer.reset(1) is Code.NO_ERROR
        peer.data(1, b"more, sent in good faith", end=True)
        assert (await peer.ask(3)).status == 413


@pytest.mark.parametrize(("length", "is_at_once"), [(b"1000", False), (b"10000000", True)])
async def test_who_could_not_send_all_of_an_unread_body_is_stopped_at_once(h2, length, is_at_once):
    async def refusing(exchange: Exchange) -> None:
        await exchange.writer.start(413, [], 0)

    async with h2(refusing) as peer:
        peer.request(1, [*POST, (b"content-length", length)], end=False)
        await peer.of_kind(Kind.HEADERS)
        peer.send(Kind.PING, payload=bytes(8))
        came = []
        while (frame := await peer.frame()).kind is not Kind.PING:
            came.append(frame.kind)
        assert (Kind.RST_STREAM in came) is is_at_once


@pytest.mark.parametrize("leave", ["reset", "close"])
async def test_a_client_that_leaves_cancels_the_handler_at_once(h2, leave):
    cancelled = asyncio.Event()
    begun = asyncio.Event()

    async def waiting(exchange: Exchange) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with h2(waiting) as peer:
        peer.request(1)
        await asyncio.wait_for(begun.wait(), PATIENCE)
        if leave == "reset":
            peer.send(Kind.RST_STREAM, 0, 1, bytes((0, 0, 0, 8)))
        else:
            peer.close()
        await asyncio.wait_for(cancelled.wait(), PATIENCE)


async def test_crumbs_of_cookies_are_one_header(h2):
    async def cookies(exchange: Exchange) -> None:
        found = [value for name, value in exchange.headers if name.lower() == b"cookie"]
        await exchange.writer.start(200, [(b"X-Cookies", b"|".join(found))], 0)

    async with h2(cookies) as peer:
        answer = await peer.ask(1, [*GET, (b"cookie", b"a=1"), (b"x", b"y"), (b"cookie", b"b=2")])
        assert answer.fields[b"x-cookies"] == b"a=1; b=2"


async def test_equal_requests_do_not_share_their_headers(h2):
    async def changing(exchange: Exchange) -> None:
        exchange.headers.append((b"x-added", b"1"))
        await exchange.writer.start(200, [(b"X-Count", b"%d" % len(exchange.headers))], 0)

    async with h2(changing) as peer:
        for stream in (1, 3, 5):
            assert (await peer.ask(stream)).fields[b"x-count"] == b"2"


async def test_extended_connect_is_an_upgrade_to_the_handlers(h2):
    async def shouting(exchange: Exchange) -> None:
        asked = {name.lower(): value for name, value in exchange.headers}
        assert (exchange.method, asked[b"upgrade"], asked[b"connection"]) == ("GET", b"websocket", b"Upgrade")
        assert len(asked[b"sec-websocket-key"]) == 24
        stream = await exchange.writer.switch([(b"Upgrade", b"websocket"), (b"Sec-WebSocket-Accept", b"x")])
        while data := await stream.read():
            await stream.write(data.upper())
        stream.write_eof()
        stream.close()

    asked = [(b":method", b"CONNECT"), *GET[1:], (b":protocol", b"websocket"), (b"sec-websocket-version", b"13")]
    async with h2(shouting) as peer:
        peer.request(1, asked, end=False)
        peer.data(1, b"hello")
        assert peer.fields(await peer.of_kind(Kind.HEADERS)) == {b":status": b"200"}
        assert (await peer.of_kind(Kind.DATA)).payload == b"HELLO"
        peer.data(1, b"", end=True)
        assert (await peer.of_kind(Kind.DATA)).ends_stream
        settings = next(frame for frame in peer.seen if frame.kind is Kind.SETTINGS and frame.payload)
        assert bytes((0, 8, 0, 0, 0, 1)) in settings.payload


async def test_a_drain_says_goodaway_answers_what_runs_and_closes(serve, connect):
    gate, begun = asyncio.Event(), asyncio.Event()

    async def gated(exchange: Exchange) -> None:
        begun.set()
        await gate.wait()
        await echo(exchange)

    async with serve(gated) as running, connect(running) as peer:
        peer.greet()
        peer.request(1)
        await asyncio.wait_for(begun.wait(), PATIENCE)
        drain = asyncio.create_task(running.server.drain(PATIENCE))
        first = await peer.of_kind(Kind.GOAWAY)
        assert first.payload[:8] == bytes((0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0))
        peer.request(3)
        second = await peer.of_kind(Kind.GOAWAY)
        assert second.payload[:8] == bytes((0, 0, 0, 3, 0, 0, 0, 0))
        peer.request(5)
        gate.set()
        assert (await peer.answer(1)).status == 200
        assert (await peer.answer(3)).status == 200
        assert await peer.frame() is None
        assert await drain == 0


async def test_a_block_in_several_frames_is_one_request(h2):
    async with h2(echo) as peer:
        block = peer.encoder.encode(GET)
        peer.send(Kind.HEADERS, END_STREAM, 1, block[:3])
        peer.send(Kind.CONTINUATION, 0, 1, block[3:5])
        peer.send(Kind.CONTINUATION, END_HEADERS, 1, block[5:])
        assert (await peer.answer(1)).status == 200


async def test_an_answers_large_head_goes_out_in_several_frames(h2):
    async def large(exchange: Exchange) -> None:
        await exchange.writer.start(200, [(b"X-A", b"a" * 40000)], 0)

    async with h2(large) as peer:
        peer.request(1)
        head = await peer.of_kind(Kind.HEADERS)
        assert not head.flags & END_HEADERS and head.flags & END_STREAM
        kinds = [(await peer.frame()) for _ in range(2)]
        assert [one.kind for one in kinds] == [Kind.CONTINUATION] * 2
        assert kinds[-1].flags == END_HEADERS
