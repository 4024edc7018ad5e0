"""Server-sent events: each reaches the client before the upstream has said more, also through `encode`."""

from __future__ import annotations

import asyncio
import time
import zlib

import pytest

from tests.wire import Client

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
ENDS = {"chunked": HEAD + b"Transfer-Encoding: chunked\r\n\r\n", "closed": HEAD + b"\r\n"}
ASK = b"GET / HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\nAccept-Encoding: %b\r\n\r\n"
EVENTS = [b"data: %d\n\n" % number for number in range(20)]


class Source:
    """An upstream that sends the next event only when it is told to, and when it did."""

    def __init__(self, end: str) -> None:
        self._end = end
        self.go = asyncio.Semaphore(0)
        self.sent = 0.0

    async def __call__(self, client: Client) -> None:
        await client.head()
        client.send(ENDS[self._end])
        for event in EVENTS:
            await self.go.acquire()
            self.sent = time.monotonic()
            client.send(b"%x\r\n%b\r\n" % (len(event), event) if self._end == "chunked" else event)
        if self._end == "chunked":
            client.send(b"0\r\n\r\n")


class Reader:
    """The client's end, decompressed."""

    def __init__(self, client: Client, coding: str) -> None:
        self._client = client
        self._inflate = zlib.decompressobj(wbits=31).decompress if coding == "gzip" else bytes
        self._text = b""

    async def event(self) -> bytes:
        """The next one, once it is whole."""
        while b"\n\n" not in self._text:
            size = int((await self._client.until(b"\r\n"))[:-2], 16)
            self._text += self._inflate(await self._client.exactly(size))
            await self._client.exactly(2)
        event, _, self._text = self._text.partition(b"\n\n")
        return event + b"\n\n"


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("coding", ["identity", "gzip"])
async def test_no_event_waits_for_the_next(origin, configured, coding, end):
    source, late = Source(end), []
    encode = {"handler": "encode", "encodings": {"gzip": {}}, "minimum_length": 1}
    async with origin(source) as upstream:
        proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": upstream.dial}]}
        async with configured(encode, proxy) as running:
            client = await running.connect()
            client.send(ASK % coding.encode())
            head = await client.head()
            assert (b"Content-Encoding: gzip" in head) == (coding == "gzip")
            reader = Reader(client, coding)
            for event in EVENTS:
                source.go.release()
                assert await reader.event() == event
                late.append(time.monotonic() - source.sent)
    assert sorted(late)[len(late) // 2] < 0.05
