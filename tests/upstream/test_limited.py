"""So many requests at a time to a target."""

from __future__ import annotations

import asyncio

from tests.wire import Client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
GET = b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"


async def test_who_comes_later_waits_for_a_turn(origin, configured):
    under_way = most = 0
    both, let_go = asyncio.Event(), asyncio.Event()

    async def answer(client: Client) -> None:
        nonlocal under_way, most
        while await client.head():
            under_way += 1
            most = max(most, under_way)
            if most == 2:
                both.set()
            await let_go.wait()
            under_way -= 1
            client.send(OK)

    async with origin(answer) as upstream:
        proxy = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": upstream.dial}],
            "transport": {"protocol": "http", "max_conns_per_host": 2},
        }
        async with configured(proxy) as running:
            asked = [asyncio.create_task(running.ask(GET)) for _ in range(6)]
            gone = await running.connect()
            gone.send(GET)
            await both.wait()
            gone.close()
            let_go.set()
            assert all(b"200 OK" in answer for answer in await asyncio.gather(*asked))
        assert most == 2
        assert upstream.connections == 2
