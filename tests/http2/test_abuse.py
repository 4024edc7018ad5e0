"""Attacks by their names: each meets its bound, is counted, and ends with the code that the RFC has for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.http.limits import Limits
from pogoproxy.http2.abuse import ALLOWANCES, MOST_CONTINUATIONS, Abuse, Budget
from pogoproxy.http2.codes import Code, ConnectionFault
from pogoproxy.http2.frames import END_HEADERS, END_STREAM, Kind
from pogoproxy.http2.server_session import MOST_STREAMS
from tests.http2.peer import GET, PATIENCE, POST, Peer, echo

CANCEL = bytes((0, 0, 0, 8))
QUICK = Limits(read_header=0.01, body_idle=0.01, write_idle=0.01, idle=0.01)


async def never(exchange: Exchange) -> None:
    await asyncio.Event().wait()


def opened_and_reset(peer: Peer, at: int) -> None:
    peer.request(2 * at + 1)
    peer.send(Kind.RST_STREAM, 0, 2 * at + 1, CANCEL)


def opened_and_made_to_be_reset(peer: Peer, at: int) -> None:
    peer.request(2 * at + 1)
    peer.send(Kind.WINDOW_UPDATE, 0, 2 * at + 1, bytes(4))


def malformed(peer: Peer, at: int) -> None:
    peer.request(2 * at + 1, [*GET, (b"connection", b"close")])


def one_too_many(peer: Peer, at: int) -> None:
    if not at:
        for stream in range(MOST_STREAMS):
            peer.request(2 * stream + 1)
    peer.request(2 * (MOST_STREAMS + at) + 1)


def empty_data(peer: Peer, at: int) -> None:
    if not at:
        peer.request(1, POST, end=False)
    peer.data(1, b"")


def header_list(peer: Peer, at: int) -> None:
    peer.request(2 * at + 1, [*GET, *[(b"a", b"b")] * 200])


def empty_continuation(peer: Peer, at: int) -> None:
    if not at:
        peer.send(Kind.HEADERS, END_STREAM, 1, b"\x82")
    peer.send(Kind.CONTINUATION, 0, 1)


def large_continuation(peer: Peer, at: int) -> None:
    if not at:
        peer.send(Kind.HEADERS, END_STREAM, 1, b"\x82")
    peer.send(Kind.CONTINUATION, 0, 1, bytes(16384))


def unknown(peer: Peer, at: int) -> None:
    peer.send(0x55)


def frames(kind: Kind, stream: int = 0, payload: bytes = b"") -> Callable[[Peer, int], None]:
    return lambda peer, at: peer.send(kind, 0, stream, payload)


ATTACKS = [
    pytest.param(opened_and_reset, Abuse.RESET, ALLOWANCES[Abuse.RESET].burst, id="rapid reset"),
    pytest.param(opened_and_made_to_be_reset, Abuse.RESET, ALLOWANCES[Abuse.RESET].burst, id="provoked resets"),
    pytest.param(malformed, Abuse.RESET, ALLOWANCES[Abuse.RESET].burst, id="malformed requests"),
    pytest.param(one_too_many, Abuse.REFUSED, ALLOWANCES[Abuse.REFUSED].burst, id="more streams than allowed"),
    pytest.param(frames(Kind.PING, 0, bytes(8)), Abuse.PING, ALLOWANCES[Abuse.PING].burst, id="ping flood"),
    pytest.param(frames(Kind.SETTINGS), Abuse.SETTINGS, ALLOWANCES[Abuse.SETTINGS].burst, id="settings flood"),
    pytest.param(empty_data, Abuse.EMPTY, ALLOWANCES[Abuse.EMPTY].burst, id="empty frames flood"),
    pytest.param(
        frames(Kind.WINDOW_UPDATE, 0, bytes((0, 0, 0, 1))),
        Abuse.WINDOW,
        ALLOWANCES[Abuse.WINDOW].burst,
        id="window dribble",
    ),
    pytest.param(
        frames(Kind.PRIORITY, 1, bytes(5)), Abuse.PRIORITY, ALLOWANCES[Abuse.PRIORITY].burst, id="priority flood"
    ),
    pytest.param(unknown, Abuse.IGNORED, ALLOWANCES[Abuse.IGNORED].burst, id="unknown frames flood"),
    pytest.param(header_list, Abuse.HEADERS, ALLOWANCES[Abuse.HEADERS].burst, id="large header lists"),
    pytest.param(empty_continuation, Abuse.CONTINUATION, MOST_CONTINUATIONS - 1, id="continuation flood, empty"),
    pytest.param(large_continuation, Abuse.CONTINUATION, 4, id="continuation flood, large"),
]


@pytest.mark.parametrize(("step", "abuse", "bound"), ATTACKS)
async def test_an_attack_is_cut_off_and_counted(serve, connect, step, abuse, bound):
    async with serve(never) as running, connect(running) as peer, connect(running) as innocent:
        peer.greet()
        innocent.greet()
        # The clock of a server goes on by seconds, and each gives a few more; so the flood is more than the bound.
        for at in range(2 * bound + 100):
            step(peer, at)
        assert await peer.goaway() is Code.ENHANCE_YOUR_CALM
        assert running.server.abuses == {abuse.value: 1}
        await innocent.pong()


@pytest.mark.parametrize(("step", "abuse", "bound"), ATTACKS[:11])
async def test_what_clients_do_in_earnest_is_below_the_bound(serve, connect, step, abuse, bound):
    async with serve(never) as running, connect(running) as peer:
        peer.greet()
        for at in range(bound // 2):
            step(peer, at)
        await peer.pong()
        assert not running.server.abuses


def test_an_allowance_refills_with_time():
    now = [0.0]
    budget = Budget(lambda: now[0])
    for _ in range(ALLOWANCES[Abuse.PING].burst):
        budget.spend(Abuse.PING)
    now[0] = 1.0
    for _ in range(int(ALLOWANCES[Abuse.PING].rate)):
        budget.spend(Abuse.PING)
    with pytest.raises(ConnectionFault) as caught:
        budget.spend(Abuse.PING)
    assert (caught.value.code, budget.exceeded) == (Code.ENHANCE_YOUR_CALM, Abuse.PING)


async def test_rapid_reset_leaves_no_handler_behind(serve, connect):
    running_now = 0

    async def counting(exchange: Exchange) -> None:
        nonlocal running_now
        running_now += 1
        try:
            await asyncio.Event().wait()
        finally:
            running_now -= 1

    async with serve(counting) as running, connect(running) as peer:
        peer.greet()
        for at in range(100):
            opened_and_reset(peer, at)
        await peer.pong()
        assert running_now == 0


async def test_requests_cancelled_before_they_began_leave_room_for_others(serve, connect):
    async with serve(never) as running, connect(running) as peer:
        peer.greet()
        for at in range(150):
            opened_and_reset(peer, at)
        await peer.pong()
        (connection,) = running.server.connections
        assert connection.running == 0


async def test_a_slow_body_is_noticed_beside_busy_streams(serve, connect):
    async with serve(echo, limits=QUICK) as running, connect(running) as peer:
        peer.greet()
        peer.request(1, POST, end=False)
        await peer.pong()
        assert (await peer.ask(3)).status == 200
        assert peer.fields(await peer.of_kind(Kind.HEADERS, 1))[b":status"] == b"408"


async def test_a_block_in_pieces_leaves_no_deadline_behind(serve, connect):
    async with serve(echo, limits=Limits(read_header=0.01)) as running, connect(running) as peer:
        peer.greet()
        await peer.pong()
        block = peer.encoder.encode(GET, huffman=False)
        peer.send(Kind.HEADERS, END_STREAM, 1, block[:2])
        (connection,) = running.server.connections
        async with asyncio.timeout(PATIENCE):
            while not connection._session.is_in_block():  # noqa: ASYNC110
                await asyncio.sleep(0)
        peer.send(Kind.CONTINUATION, END_HEADERS, 1, block[2:])
        assert (await peer.answer(1)).status == 200
        assert connection._block_deadline == float("inf")


async def test_a_client_that_was_cut_off_with_streams_open_is_gone_soon(serve, connect):
    async with serve(never) as running, connect(running) as peer:
        peer.greet()
        peer.request(1)
        peer.send(Kind.PING, 0, 1, bytes(8))
        await peer.of_kind(Kind.GOAWAY)
        (connection,) = running.server.connections
        assert connection.read_deadline < running.server.now + 5


async def test_an_hpack_bomb_is_431_and_the_connection_lives(serve, connect):
    """Two kilobytes of references stand for eight megabytes (CVE-2016-6581)."""
    async with serve(echo) as running, connect(running) as peer:
        peer.greet()
        seed = b"\x40\x01a\x7f\x8d\x1e" + b"x" * 3980
        peer.send(Kind.HEADERS, END_STREAM | END_HEADERS, 1, peer.encoder.encode(GET[:3]) + seed)
        assert (await peer.answer(1)).status == 200
        peer.send(Kind.HEADERS, END_STREAM | END_HEADERS, 3, b"\xbe" * 2000)
        assert (await peer.answer(3)).status == 431
        assert (await peer.ask(5)).status == 200


async def test_a_header_list_of_many_crumbs_is_431(serve, connect):
    async with serve(echo) as running, connect(running) as peer:
        peer.greet()
        assert (await peer.ask(1, [*GET, *[(b"cookie", b"")] * 500])).status == 431


async def test_unread_bodies_stay_within_the_connections_window(serve, connect):
    async with serve(never) as running, connect(running) as peer:
        peer.greet()
        for at in range(5):
            peer.request(2 * at + 1, POST, end=False)
            for _ in range(16 if at < 4 else 1):
                peer.data(2 * at + 1, bytes(16384))
        assert await peer.goaway() is Code.FLOW_CONTROL_ERROR


async def test_what_a_cancelled_request_had_sent_gives_its_room_back(serve, connect):
    async with serve(never) as running, connect(running) as peer:
        peer.greet()
        for at in range(12):
            peer.request(2 * at + 1, POST, end=False)
            for _ in range(8):
                peer.data(2 * at + 1, bytes(16384))
            peer.send(Kind.RST_STREAM, 0, 2 * at + 1, CANCEL)
            await peer.pong()


async def test_a_body_that_stands_still_is_408(serve, connect):
    async with serve(echo, limits=QUICK) as running, connect(running) as peer:
        peer.greet()
        peer.request(1, POST, end=False)
        head = peer.fields(await peer.of_kind(Kind.HEADERS, 1))
        assert head[b":status"] == b"408"


async def test_an_answer_that_nobody_takes_is_given_up(serve, connect):
    async with serve(echo, limits=QUICK) as running, connect(running) as peer:
        peer.greet(initial_window_size=0)
        peer.request(1)
        assert int.from_bytes((await peer.of_kind(Kind.RST_STREAM, 1)).payload, "big") == Code.CANCEL


async def test_a_header_block_that_stands_still_ends_the_connection(serve, connect):
    async with serve(never, limits=Limits(read_header=0.01)) as running, connect(running) as peer:
        peer.greet()
        peer.request(1)
        peer.send(Kind.HEADERS, END_STREAM, 3, b"\x82")
        while await peer.frame() is not None:
            pass


@pytest.mark.parametrize("greets", [True, False])
async def test_a_client_that_asks_nothing_is_let_go(serve, connect, greets):
    async with serve(echo, limits=QUICK) as running, connect(running) as peer:
        if greets:
            peer.greet()
            assert await peer.goaway() is Code.NO_ERROR
        else:
            peer.raw(b"PRI * HTTP/2.0\r\n")
            assert await asyncio.wait_for(peer.reader.read(), PATIENCE) == b""


async def test_beyond_the_limit_of_connections_a_client_is_told(serve, connect):
    async with serve(echo, limits=Limits(connections=1)) as running, connect(running) as first:
        first.greet()
        await first.pong()
        async with connect(running) as second:
            second.greet()
            assert await second.goaway() is Code.ENHANCE_YOUR_CALM
