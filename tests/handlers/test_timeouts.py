"""`timeouts`: the client gets 408, and the upstream never takes what came for a whole body."""

from __future__ import annotations

from tests.wire import Client

SLOW = {"handler": "timeouts", "read_timeout": "100ms", "read_min_rate": 1000}


async def test_a_body_that_comes_too_slowly_is_408_and_broken_for_the_upstream(origin, configured):
    seen = []

    async def swallow(client: Client) -> None:
        seen.append(await client.head())
        seen.append(await client.rest())

    async with origin(swallow) as upstream:
        proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": upstream.dial}]}
        async with configured(SLOW, proxy) as running:
            client = await running.connect()
            client.send(b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            assert (await client.head()).startswith(b"HTTP/1.1 408 ")
    assert b"Transfer-Encoding: chunked" in seen[0]
    assert not seen[1].endswith(b"0\r\n\r\n")
