"""Clients that do not keep the pace."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ClientGone
from pogoproxy.http.pace import Pace, paced

POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n"
GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
LARGE = 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("pace", "done", "deadline"),
    [
        (Pace(), 50, None),
        (Pace(idle=10), 50, 30),
        (Pace(idle=10, rate=5), 50, 20),
        (Pace(whole=7), 50, 7),
        (Pace(idle=10, whole=7), 50, 7),
        (Pace(idle=3, rate=100, whole=7), 50, 3.5),
    ],
)
def test_a_deadline_comes_of_time_and_bytes(pace, done, deadline):
    assert pace.deadline(0, 20, done) == deadline


@given(st.integers(1, 1000), st.integers(0, 10**9), st.integers(0, 10**9))
def test_more_bytes_never_bring_a_deadline_nearer(rate, fewer, more):
    pace = Pace(idle=1, rate=rate, whole=100)
    fewer, more = sorted((fewer, more))
    assert pace.deadline(0, 0, fewer) <= pace.deadline(0, 0, more)


async def read(exchange):
    while await exchange.body.read():
        pass
    await exchange.writer.start(200, [], 0)


async def write(exchange):
    await exchange.writer.start(200, [], LARGE)
    for _ in range(LARGE // (1 << 20)):
        await exchange.writer.write(bytes(1 << 20))


@pytest.mark.parametrize("pace", [Pace(idle=0.1), Pace(idle=0.1, rate=1000), Pace(whole=0.1)])
async def test_a_body_that_stands_still_is_408(serve, pace):
    async with serve(paced(pace, Pace())(read)) as running:
        client = await running.connect()
        client.send(POST + b"a")
        assert (await client.head()).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_trickles_is_408_at_a_rate_alone(serve):
    async def trickle(client):
        for _ in range(8):
            client.send(b"abcdefghij")
            await asyncio.sleep(0.05)
        client.send(b"k" * 20)

    for pace, status in ((Pace(idle=1), b"200"), (Pace(idle=0.1, rate=1000), b"408")):
        async with serve(paced(pace, Pace())(read)) as running:
            client = await running.connect()
            client.send(POST)
            trickling = asyncio.create_task(trickle(client))
            assert (await client.head())[9:12] == status
            trickling.cancel()


async def test_a_body_in_time_is_read(serve):
    async with serve(paced(Pace(idle=5, rate=10, whole=20), Pace(idle=5, rate=10))(read)) as running:
        client = await running.connect()
        client.send(POST + bytes(100))
        assert (await client.head()).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("pace", [Pace(idle=0.2), Pace(idle=0.1, rate=1 << 40), Pace(whole=0.2)])
async def test_a_client_that_does_not_take_its_answer_is_cut_off(serve, pace):
    gone = asyncio.Event()

    async def watched(exchange):
        try:
            await write(exchange)
        except ClientGone:
            gone.set()
            raise

    async with serve(paced(Pace(), pace)(watched)) as running:
        client = await running.connect()
        client.send(GET)
        await asyncio.wait_for(gone.wait(), 20)
        assert len(await client.rest()) < LARGE


async def test_a_client_that_takes_it_gets_all(serve):
    async with serve(paced(Pace(), Pace(idle=20, rate=10))(write)) as running:
        assert len(await running.ask(GET)) > LARGE
