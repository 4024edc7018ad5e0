"""Clients that take their time do not take anybody else's; `benchmarks/slow_clients.py` has ten thousand of them."""

from __future__ import annotations

import asyncio

from pogoproxy.http.limits import Limits

GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
HEAD = b"GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx"


async def read(exchange):
    while await exchange.body.read():
        pass
    await exchange.writer.start(200, [], 2)
    await exchange.writer.write(b"ok")
    await exchange.writer.finish()


async def test_others_are_answered_beside_hundreds_that_trickle(serve):
    async with serve(read) as running:
        slow = await asyncio.gather(*(running.connect() for _ in range(400)))
        for number, client in enumerate(slow):
            client.send(HEAD if number % 2 else BODY)
        for _ in range(5):
            for client in slow:
                client.send(b"y")
            answers = await asyncio.gather(*(running.ask(GET) for _ in range(20)))
            assert all(answer.endswith(b"ok") for answer in answers)
        assert len(running.server.connections) >= 400


async def test_those_that_never_end_are_refused_however_they_trickle(serve):
    limits = Limits(read_header=1, body_idle=1)
    async with serve(read, limits=limits) as running:
        slow = await asyncio.gather(*(running.connect() for _ in range(100)))
        for number, client in enumerate(slow):
            client.send(HEAD if number % 2 else BODY)
        for client in slow:
            assert (await asyncio.wait_for(client.reader.readuntil(b"\r\n"), 30)).startswith(b"HTTP/1.1 408 ")
