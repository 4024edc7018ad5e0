"""The 147 cases of h2spec, the usual yardstick, by their numbers there and written anew from the RFCs.

`generic` is what must be accepted, `http2` and `hpack` what must be refused, and how. Where the RFC leaves a choice
between the end of the stream and that of the connection, ours is the stricter; a case lists what it takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

import pytest

from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import ACK, END_HEADERS, END_STREAM, HEADER, PADDED, PRIORITY, Kind
from pogoproxy.http2.settings import Setting, pack
from tests.http2.peer import GET, POST, Peer, echo

Send = Callable[[Peer], None]
Check = Callable[[Peer], Awaitable[None]]

HEAD = [(b":method", b"HEAD"), *GET[1:]]
TRAILERS = [(b"x-test", b"ok")]
WHOLE = END_HEADERS | END_STREAM
UNKNOWN = 0x16
MAX_WINDOW = 2**31 - 1


class Case(NamedTuple):
    """What is sent after the greeting, and what must come of it."""

    number: str
    send: Send
    check: Check
    settings: dict[str, int] | None = None


# What comes of it.


def answered(stream: int = 1) -> Check:
    async def check(peer: Peer) -> None:
        head = await peer.of_kind(Kind.HEADERS, stream)
        assert peer.fields(head)[b":status"] == b"200"

    return check


async def alive(peer: Peer) -> None:
    await peer.pong()


async def data_comes(peer: Peer) -> None:
    await peer.of_kind(Kind.DATA, 1)


async def acknowledged(peer: Peer) -> None:
    await peer.settings_ack()
    await peer.settings_ack()


def ends(*codes: Code) -> Check:
    async def check(peer: Peer) -> None:
        assert await peer.goaway() in codes

    return check


def resets(code: Code, stream: int = 1) -> Check:
    async def check(peer: Peer) -> None:
        assert await peer.reset(stream) is code

    return check


PROTOCOL_ERROR = ends(Code.PROTOCOL_ERROR)
FRAME_SIZE_ERROR = ends(Code.FRAME_SIZE_ERROR)
FLOW_CONTROL_ERROR = ends(Code.FLOW_CONTROL_ERROR)
COMPRESSION_ERROR = ends(Code.COMPRESSION_ERROR)
MALFORMED = resets(Code.PROTOCOL_ERROR)

# What is sent.


def all_of(*steps: Send) -> Send:
    def send(peer: Peer) -> None:
        for step in steps:
            step(peer)

    return send


def a_frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> Send:
    return lambda peer: peer.send(kind, flags, stream, payload)


def request(stream: int = 1, fields: list[tuple[bytes, bytes]] = GET, end: bool = True) -> Send:
    return lambda peer: peer.request(stream, fields, end=end)


def data(payload: bytes = b"test", end: bool = True, stream: int = 1) -> Send:
    return lambda peer: peer.data(stream, payload, end=end)


def priority(stream: int, on: int = 0, weight: int = 0, exclusive: bool = False) -> Send:
    return a_frame(Kind.PRIORITY, 0, stream, _dependency(on, weight, exclusive))


def _dependency(on: int, weight: int = 0, exclusive: bool = False) -> bytes:
    return (on | exclusive << 31).to_bytes(4, "big") + bytes((weight,))


def window(stream: int, increment: int) -> Send:
    return a_frame(Kind.WINDOW_UPDATE, 0, stream, increment.to_bytes(4, "big"))


def rst(stream: int = 1, code: int = Code.CANCEL) -> Send:
    return a_frame(Kind.RST_STREAM, 0, stream, code.to_bytes(4, "big"))


def setting(name: Setting | int, value: int) -> Send:
    return lambda peer: peer.raw(pack({name: value}))  # type: ignore[dict-item]


def block(literal: bytes) -> Send:
    """A request that ends with this representation in HPACK, as it is."""
    return lambda peer: peer.send(Kind.HEADERS, WHOLE, 1, peer.encoder.encode(GET, huffman=False) + literal)


def in_pieces(*flags_of_pieces: int, first: int = END_STREAM) -> Send:
    """A request in HEADERS and as many CONTINUATION."""

    def send(peer: Peer) -> None:
        whole = peer.encoder.encode(GET, huffman=False)
        peer.send(Kind.HEADERS, first, 1, whole[:4])
        for at, flags in enumerate(flags_of_pieces):
            piece = whole[4 + at : 5 + at] if at + 1 < len(flags_of_pieces) else whole[4 + at :]
            peer.send(Kind.CONTINUATION, flags, 1, piece)

    return send


def padded(payload: bytes, size: int) -> bytes:
    return bytes((size,)) + payload + bytes(size)


def headers_with(flags: int, before: bytes = b"", padding: int | None = None) -> Send:
    def send(peer: Peer) -> None:
        payload = before + peer.encoder.encode(GET, huffman=False)
        peer.send(Kind.HEADERS, WHOLE | flags, 1, payload if padding is None else padded(payload, padding))

    return send


def many(count: int, step: Callable[[int], Send]) -> Send:
    return all_of(*(step(at) for at in range(count)))


# GENERIC: to be accepted.

GENERIC = [
    Case("generic/1/1", lambda peer: None, alive),
    Case("generic/2/1", priority(1), alive),
    Case("generic/2/2", all_of(request(), window(1, 100)), data_comes, {"initial_window_size": 0}),
    Case("generic/2/3", all_of(request(), priority(1), window(1, 100)), data_comes, {"initial_window_size": 0}),
    Case("generic/2/4", all_of(request(), rst()), alive, {"initial_window_size": 0}),
    Case("generic/2/5", all_of(request(), rst(), priority(1)), alive),
    Case("generic/3.1/1", all_of(request(fields=POST, end=False), data()), answered()),
    Case("generic/3.1/2", all_of(request(fields=POST, end=False), data(end=False), data()), answered()),
    Case(
        "generic/3.1/3",
        all_of(request(fields=POST, end=False), a_frame(Kind.DATA, END_STREAM | PADDED, 1, padded(b"test", 8))),
        answered(),
    ),
    Case("generic/3.2/1", request(), answered()),
    Case("generic/3.2/2", headers_with(PADDED, padding=8), answered()),
    Case("generic/3.2/3", headers_with(PRIORITY, before=_dependency(0, 255)), answered()),
    Case("generic/3.3/1", all_of(priority(1, weight=0), request()), answered()),
    Case("generic/3.3/2", all_of(priority(1, weight=255), request()), answered()),
    Case("generic/3.3/3", all_of(priority(1, on=3), request()), answered()),
    Case("generic/3.3/4", all_of(priority(1, on=3, exclusive=True), request()), answered()),
    Case("generic/3.3/5", all_of(priority(5), request(3)), answered(3)),
    Case("generic/3.4/1", all_of(request(fields=POST, end=False), rst()), alive),
    Case("generic/3.5/1", setting(Setting.MAX_CONCURRENT_STREAMS, 100), acknowledged),
    Case("generic/3.7/1", lambda peer: None, alive),
    Case("generic/3.8/1", a_frame(Kind.GOAWAY, payload=bytes(8) + b"bye"), ends(Code.NO_ERROR)),
    Case("generic/3.9/1", window(0, 1), alive),
    Case("generic/3.9/2", all_of(request(fields=POST, end=False), window(1, 1), data()), answered()),
    Case("generic/3.10/1", in_pieces(END_HEADERS), answered()),
    Case("generic/3.10/2", in_pieces(0, 0, END_HEADERS), answered()),
    Case("generic/4/1", request(), answered()),
    Case("generic/4/2", request(fields=HEAD), answered()),
    Case("generic/4/3", all_of(request(fields=POST, end=False), data()), answered()),
    Case("generic/4/4", all_of(request(fields=POST, end=False), data(end=False), request(fields=TRAILERS)), answered()),
    # Representations of header fields: user-agent has index 58; the texts are "x-test" and "ok".
    Case("generic/5/1", block(b"\x90"), answered()),
    Case("generic/5/2", block(b"\x7a\x02ok"), answered()),
    Case("generic/5/3", block(b"\x7a\x82\x3f\x5f"), answered()),
    Case("generic/5/4", block(b"\x40\x06x-test\x02ok"), answered()),
    Case("generic/5/5", block(b"\x40\x85\xf2\xb2\x4a\x84\xff\x82\x3f\x5f"), answered()),
    Case("generic/5/6", block(b"\x0f\x2b\x02ok"), answered()),
    Case("generic/5/7", block(b"\x0f\x2b\x82\x3f\x5f"), answered()),
    Case("generic/5/8", block(b"\x00\x06x-test\x02ok"), answered()),
    Case("generic/5/9", block(b"\x00\x85\xf2\xb2\x4a\x84\xff\x82\x3f\x5f"), answered()),
    Case("generic/5/10", block(b"\x1f\x2b\x02ok"), answered()),
    Case("generic/5/11", block(b"\x1f\x2b\x82\x3f\x5f"), answered()),
    Case("generic/5/12", block(b"\x10\x06x-test\x02ok"), answered()),
    Case("generic/5/13", block(b"\x10\x85\xf2\xb2\x4a\x84\xff\x82\x3f\x5f"), answered()),
    Case(
        "generic/5/14",
        lambda peer: peer.send(Kind.HEADERS, WHOLE, 1, b"\x20" + peer.encoder.encode(GET[:3])),
        answered(),
    ),
    Case(
        "generic/5/15",
        lambda peer: peer.send(Kind.HEADERS, WHOLE, 1, b"\x20\x3f\xe1\x1f" + peer.encoder.encode(GET[:3])),
        answered(),
    ),
]

# HTTP2: to be refused, but for what must be ignored.


async def greeting_comes_first(peer: Peer) -> None:
    first = await peer.frame()
    assert first is not None and first.kind is Kind.SETTINGS and not first.flags & ACK


def reserved_bit(peer: Peer) -> None:
    peer.raw(HEADER.pack(8 << 8 | Kind.PING, 0, 1 << 31) + b"reserved")


async def reserved_ping(peer: Peer) -> None:
    await peer.until(lambda one: one.kind is Kind.PING and one.payload == b"reserved")


def invalid_ping(peer: Peer) -> None:
    peer.send(Kind.PING, 0, 3, bytes(8))


async def closes(peer: Peer) -> None:
    while await peer.frame() is not None:
        pass


async def one_byte_comes(peer: Peer) -> None:
    assert len((await peer.of_kind(Kind.DATA, 1)).payload) == 1


async def window_is_adjusted(peer: Peer) -> None:
    await peer.of_kind(Kind.HEADERS, 1)
    setting(Setting.INITIAL_WINDOW_SIZE, 1)(peer)
    await one_byte_comes(peer)


async def window_may_be_negative(peer: Peer) -> None:
    await peer.of_kind(Kind.DATA, 1)  # three bytes
    setting(Setting.INITIAL_WINDOW_SIZE, 2)(peer)  # one less than nothing is left
    window(1, 2)(peer)
    await one_byte_comes(peer)


async def pong_of_its_own(peer: Peer) -> None:
    await peer.pong()
    assert [one.payload for one in peer.seen if one.kind is Kind.PING] == [b"12345678"]


async def pong_to_the_same(peer: Peer) -> None:
    peer.send(Kind.PING, payload=b"\x00\x01\x02\x03\x04\x05\x06\x07")
    found = await peer.of_kind(Kind.PING)
    assert (found.flags, found.payload) == (ACK, b"\x00\x01\x02\x03\x04\x05\x06\x07")


async def last_setting_counts(peer: Peer) -> None:
    await one_byte_comes(peer)


def without(name: bytes) -> list[tuple[bytes, bytes]]:
    return [pair for pair in GET if pair[0] != name]


def doubled(name: bytes) -> list[tuple[bytes, bytes]]:
    return [next(pair for pair in GET if pair[0] == name), *GET]


def two_windows(peer: Peer) -> None:
    for value in (100, 1):
        peer.raw(pack({Setting.INITIAL_WINDOW_SIZE: value}))
    peer.request(1)


def both_values_in_one(peer: Peer) -> None:
    entries = [(Setting.INITIAL_WINDOW_SIZE, 100), (Setting.INITIAL_WINDOW_SIZE, 1)]
    peer.send(Kind.SETTINGS, payload=b"".join(pack({name: value})[HEADER.size :] for name, value in entries))
    peer.request(1)


HALF_CLOSED = {"initial_window_size": 0}
OPEN = request(fields=POST, end=False)
STREAM_CLOSED = resets(Code.STREAM_CLOSED)
CLOSED = ends(Code.STREAM_CLOSED)
BLOCK = b"\x82\x86\x84"
CONTINUATION = a_frame(Kind.CONTINUATION, END_HEADERS, 1, b"\x40\x01a\x01b")


def after_answer(send: Send, check: Check) -> Check:
    """First the stream must have closed by itself."""

    async def checked(peer: Peer) -> None:
        await peer.until(lambda one: one.stream == 1 and one.ends_stream)
        send(peer)
        await check(peer)

    return checked


HTTP2 = [
    Case("http2/3.5/1", lambda peer: None, greeting_comes_first),
    Case("http2/4.1/1", a_frame(UNKNOWN, payload=bytes(8)), alive),
    Case("http2/4.1/2", a_frame(Kind.PING, 0x16, 0, b"undefine"), alive),
    Case("http2/4.1/3", reserved_bit, reserved_ping),
    Case("http2/4.2/1", all_of(OPEN, data(bytes(16384))), answered()),
    Case("http2/4.2/2", all_of(OPEN, data(bytes(16385))), FRAME_SIZE_ERROR),
    Case("http2/4.2/3", request(fields=[*GET, (b"x-large", b"a" * 20000)]), FRAME_SIZE_ERROR),
    Case("http2/4.3/1", a_frame(Kind.HEADERS, WHOLE, 1, b"\x40"), COMPRESSION_ERROR),
    Case("http2/4.3/2", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), priority(1)), PROTOCOL_ERROR),
    Case("http2/4.3/3", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), request(3)), PROTOCOL_ERROR),
    Case("http2/5.1/1", data(), PROTOCOL_ERROR),
    Case("http2/5.1/2", rst(), PROTOCOL_ERROR),
    Case("http2/5.1/3", window(1, 100), PROTOCOL_ERROR),
    Case("http2/5.1/4", CONTINUATION, PROTOCOL_ERROR),
    Case("http2/5.1/5", all_of(request(), data()), STREAM_CLOSED, HALF_CLOSED),
    Case("http2/5.1/6", all_of(request(), request()), CLOSED, HALF_CLOSED),
    Case("http2/5.1/7", all_of(request(), CONTINUATION), PROTOCOL_ERROR, HALF_CLOSED),
    Case("http2/5.1/8", all_of(OPEN, rst(), data()), STREAM_CLOSED),
    Case("http2/5.1/9", all_of(OPEN, rst(), request()), CLOSED),
    Case("http2/5.1/10", all_of(OPEN, rst(), CONTINUATION), PROTOCOL_ERROR),
    Case("http2/5.1/11", request(), after_answer(data(), STREAM_CLOSED)),
    Case("http2/5.1/12", request(), after_answer(request(), CLOSED)),
    Case("http2/5.1/13", request(), after_answer(CONTINUATION, PROTOCOL_ERROR)),
    Case("http2/5.1.1/1", request(2), PROTOCOL_ERROR),
    Case("http2/5.1.1/2", all_of(request(5), request(3)), PROTOCOL_ERROR),
    Case("http2/5.1.2/1", many(129, lambda at: request(2 * at + 1)), resets(Code.REFUSED_STREAM, 257), HALF_CLOSED),
    Case("http2/5.3.1/1", headers_with(PRIORITY, before=_dependency(1, 255)), MALFORMED),
    Case("http2/5.3.1/2", priority(2, on=2), resets(Code.PROTOCOL_ERROR, 2)),
    Case("http2/5.4.1/1", invalid_ping, closes),
    Case("http2/5.4.1/2", invalid_ping, PROTOCOL_ERROR),
    Case("http2/5.5/1", a_frame(UNKNOWN, stream=1), alive),
    Case("http2/5.5/2", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), a_frame(UNKNOWN)), PROTOCOL_ERROR),
    Case("http2/6.1/1", all_of(OPEN, data(stream=0)), PROTOCOL_ERROR),
    Case("http2/6.1/2", all_of(request(), data()), STREAM_CLOSED, HALF_CLOSED),
    Case("http2/6.1/3", all_of(OPEN, a_frame(Kind.DATA, END_STREAM | PADDED, 1, b"\x05test")), PROTOCOL_ERROR),
    Case("http2/6.2/1", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), priority(1)), PROTOCOL_ERROR),
    Case("http2/6.2/2", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), request(3)), PROTOCOL_ERROR),
    Case("http2/6.2/3", request(0), PROTOCOL_ERROR),
    Case("http2/6.2/4", a_frame(Kind.HEADERS, WHOLE | PADDED, 1, b"\x04" + BLOCK), PROTOCOL_ERROR),
    Case("http2/6.3/1", priority(0), PROTOCOL_ERROR),
    Case("http2/6.3/2", a_frame(Kind.PRIORITY, 0, 1, bytes(4)), resets(Code.FRAME_SIZE_ERROR)),
    Case("http2/6.4/1", rst(0), PROTOCOL_ERROR),
    Case("http2/6.4/2", rst(1), PROTOCOL_ERROR),
    Case("http2/6.4/3", all_of(OPEN, a_frame(Kind.RST_STREAM, 0, 1, bytes(3))), FRAME_SIZE_ERROR),
    Case("http2/6.5/1", a_frame(Kind.SETTINGS, ACK, 0, bytes(6)), FRAME_SIZE_ERROR),
    Case("http2/6.5/2", a_frame(Kind.SETTINGS, 0, 1, bytes(6)), PROTOCOL_ERROR),
    Case("http2/6.5/3", a_frame(Kind.SETTINGS, 0, 0, bytes(3)), FRAME_SIZE_ERROR),
    Case("http2/6.5.2/1", setting(Setting.ENABLE_PUSH, 2), PROTOCOL_ERROR),
    Case("http2/6.5.2/2", setting(Setting.INITIAL_WINDOW_SIZE, 2**31), FLOW_CONTROL_ERROR),
    Case("http2/6.5.2/3", setting(Setting.MAX_FRAME_SIZE, 16383), PROTOCOL_ERROR),
    Case("http2/6.5.2/4", setting(Setting.MAX_FRAME_SIZE, 2**24), PROTOCOL_ERROR),
    Case("http2/6.5.2/5", setting(0xFF, 1), alive),
    Case("http2/6.5.3/1", both_values_in_one, last_setting_counts),
    Case("http2/6.5.3/2", setting(Setting.ENABLE_PUSH, 0), acknowledged),
    Case("http2/6.7/1", lambda peer: None, pong_to_the_same),
    Case("http2/6.7/2", a_frame(Kind.PING, ACK, 0, b"no reply"), pong_of_its_own),
    Case("http2/6.7/3", invalid_ping, PROTOCOL_ERROR),
    Case("http2/6.7/4", a_frame(Kind.PING, payload=bytes(6)), FRAME_SIZE_ERROR),
    Case("http2/6.8/1", a_frame(Kind.GOAWAY, 0, 1, bytes(8)), PROTOCOL_ERROR),
    Case("http2/6.9/1", window(0, 0), PROTOCOL_ERROR),
    Case("http2/6.9/2", all_of(OPEN, window(1, 0)), MALFORMED),
    Case("http2/6.9/3", a_frame(Kind.WINDOW_UPDATE, payload=bytes(3)), FRAME_SIZE_ERROR),
    Case("http2/6.9.1/1", request(), one_byte_comes, {"initial_window_size": 1}),
    Case("http2/6.9.1/2", all_of(window(0, MAX_WINDOW), window(0, MAX_WINDOW)), FLOW_CONTROL_ERROR),
    Case("http2/6.9.1/3", all_of(OPEN, window(1, MAX_WINDOW), window(1, MAX_WINDOW)), resets(Code.FLOW_CONTROL_ERROR)),
    Case("http2/6.9.2/1", request(), window_is_adjusted, {"initial_window_size": 0}),
    Case("http2/6.9.2/2", request(), window_may_be_negative, {"initial_window_size": 3}),
    Case("http2/6.9.2/3", setting(Setting.INITIAL_WINDOW_SIZE, 2**31), FLOW_CONTROL_ERROR),
    Case("http2/6.10/1", in_pieces(0, 0, END_HEADERS), answered()),
    Case("http2/6.10/2", all_of(in_pieces(0, 0), data()), PROTOCOL_ERROR),
    Case(
        "http2/6.10/3", all_of(a_frame(Kind.HEADERS, END_STREAM, 1, BLOCK), a_frame(Kind.CONTINUATION)), PROTOCOL_ERROR
    ),
    Case("http2/6.10/4", all_of(request(), CONTINUATION), PROTOCOL_ERROR),
    Case("http2/6.10/5", all_of(in_pieces(0, END_HEADERS), CONTINUATION), PROTOCOL_ERROR),
    Case("http2/6.10/6", all_of(OPEN, data(end=False), CONTINUATION), PROTOCOL_ERROR),
    Case("http2/7/1", a_frame(Kind.GOAWAY, payload=bytes(4) + b"\x00\x00\x00\xff"), ends(Code.NO_ERROR)),
    Case("http2/7/2", all_of(OPEN, rst(code=0xFF)), alive),
    Case("http2/8.1/1", all_of(OPEN, data(end=False), request(fields=TRAILERS, end=False)), MALFORMED),
    Case("http2/8.1.2/1", request(fields=[*GET, (b"X-TEST", b"ok")]), MALFORMED),
    Case("http2/8.1.2.1/1", request(fields=[*GET, (b":test", b"ok")]), MALFORMED),
    Case("http2/8.1.2.1/2", request(fields=[*GET, (b":status", b"200")]), MALFORMED),
    Case("http2/8.1.2.1/3", all_of(OPEN, data(end=False), request(fields=[(b":method", b"GET")])), MALFORMED),
    Case("http2/8.1.2.1/4", request(fields=[*GET[:3], (b"x-test", b"ok"), GET[3]]), MALFORMED),
    Case("http2/8.1.2.2/1", request(fields=[*GET, (b"connection", b"keep-alive")]), MALFORMED),
    Case("http2/8.1.2.2/2", request(fields=[*GET, (b"te", b"trailers, deflate")]), MALFORMED),
    Case("http2/8.1.2.3/1", request(fields=[*without(b":path"), (b":path", b"")]), MALFORMED),
    Case("http2/8.1.2.3/2", request(fields=without(b":method")), MALFORMED),
    Case("http2/8.1.2.3/3", request(fields=without(b":scheme")), MALFORMED),
    Case("http2/8.1.2.3/4", request(fields=without(b":path")), MALFORMED),
    Case("http2/8.1.2.3/5", request(fields=doubled(b":method")), MALFORMED),
    Case("http2/8.1.2.3/6", request(fields=doubled(b":scheme")), MALFORMED),
    Case("http2/8.1.2.3/7", request(fields=doubled(b":path")), MALFORMED),
    Case("http2/8.1.2.6/1", all_of(request(fields=[*POST, (b"content-length", b"1")], end=False), data()), MALFORMED),
    Case(
        "http2/8.1.2.6/2",
        all_of(request(fields=[*POST, (b"content-length", b"1")], end=False), data(b"a", end=False), data(b"b")),
        MALFORMED,
    ),
    Case("http2/8.2/1", a_frame(Kind.PUSH_PROMISE, END_HEADERS, 1, bytes((0, 0, 0, 2)) + BLOCK), PROTOCOL_ERROR),
]

HPACK = [
    Case("hpack/2.3.3/1", block(b"\xfe"), COMPRESSION_ERROR),
    Case("hpack/2.3.3/2", block(b"\x7f\x7f\x05empty"), COMPRESSION_ERROR),
    Case("hpack/4.2/1", block(b"\x21"), COMPRESSION_ERROR),
    Case("hpack/5.2/1", block(b"\x40\x01a\x83\x3f\x5f\xff"), COMPRESSION_ERROR),
    Case("hpack/5.2/2", block(b"\x40\x01a\x82\x3f\x50"), COMPRESSION_ERROR),
    Case("hpack/5.2/3", block(b"\x40\x01a\x86\x3f\x5f\xff\xff\xff\xff"), COMPRESSION_ERROR),
    Case("hpack/6.1/1", block(b"\x80"), COMPRESSION_ERROR),
    Case(
        "hpack/6.3/1",
        lambda peer: peer.send(Kind.HEADERS, WHOLE, 1, b"\x3f\xe2\x1f" + peer.encoder.encode(GET)),
        COMPRESSION_ERROR,
    ),
]

BESIDE = 1
"""Cases that begin otherwise than with a greeting, and are tests of their own: http2/3.5/2."""


def test_there_are_147_cases():
    numbers = [case.number for case in (*GENERIC, *HTTP2, *HPACK)]
    assert len(numbers) == len(set(numbers)) == 147 - BESIDE


@pytest.mark.parametrize("case", [pytest.param(case, id=case.number) for case in (*GENERIC, *HTTP2, *HPACK)])
async def test_case(h2, case):
    async with h2(echo, case.settings) as peer:
        case.send(peer)
        await case.check(peer)


async def test_case_of_an_invalid_preface(serve_http1, connect):
    """http2/3.5/2"""
    async with serve_http1(echo, protocols=("h2c",)) as running, connect(running) as peer:
        peer.raw(b"INVALID CONNECTION PREFACE\r\n\r\n")
        await closes(peer)
