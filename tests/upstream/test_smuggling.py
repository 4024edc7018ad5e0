"""What a recording upstream makes of requests that two parsers could read differently.

For each vector the proxy either refuses and closes, so that the upstream sees nothing from there on, or the upstream
sees the very requests that the proxy has answered: same count, same targets, same bodies.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recorder:
    """Reads requests as strictly as it can, and keeps target, host and body of each."""

    def __init__(self) -> None:
        self.seen: list[tuple[bytes, bytes, bytes]] = []

    async def __call__(self, client: Any) -> None:
        while True:
            head = await client.head()
            assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", head), head
            lengths = re.findall(rb"(?i)\r\nContent-Length: (\d+)\r", head)
            chunked = re.findall(rb"(?i)\r\nTransfer-Encoding: (.*?)\r", head)
            assert len(lengths) + len(chunked) <= 1, head
            body = await self._chunks(client) if chunked else await client.exactly(int(lengths[0])) if lengths else b""
            assert not re.search(rb"(?i)\r\nTrailer:", head)
            target = head.split(b" ")[1]
            host = re.findall(rb"\r\nHost: (.*?)\r", head)
            assert len(host) == 1, head
            self.seen.append((target, host[0], body))
            client.send(OK)

    async def _chunks(self, client: Any) -> bytes:
        body = b""
        while size := int((await client.until(b"\r\n"))[:-2], 16):
            body += await client.exactly(size)
            assert await client.exactly(2) == b"\r\n"
        assert await client.until(b"\r\n") == b"\r\n"
        return body


POST = b"POST /a HTTP/1.1\r\nHost: h\r\n"
NEXT = b"GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
EVIL = b"GET /evil HTTP/1.1\r\nHost: h\r\n\r\n"

REFUSED = [
    POST + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n" + EVIL,
    POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked, cow\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: cow, chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n\r\nabc",
    POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    POST + b" Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"X: y\r\n\tTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chun\x00ked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    POST + b'Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n',
    POST + b"Transfer\x00-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding\xa0: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length: 3\r\nContent-Length: 30\r\n\r\nabc" + EVIL,
    POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    POST + b"Content-Length: 3, 3\r\n\r\nabc",
    POST + b"Content-Length: \r\n\r\nabc",
    POST + b"Content-Length: 0x3\r\n\r\nabc",
    POST + b"Content-Length: -3\r\n\r\nabc",
    POST + b"Content-Length: 3 0\r\n\r\nabc",
    POST + b"Content-Length: 99999999999999999999999\r\n\r\nabc",
    POST + b"Content-Length\x00: 3\r\n\r\nabc",
    b"GET /a#evil HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
    b"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.10\r\nHost: h\r\n\r\n",
    b"GET / http/1.1\r\nHost: h\r\n\r\n",
    b"get / HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h i\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h@i\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h#i\r\n\r\n",
    b"GET http://u:p@h/ HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n",
]

REFUSED_BODIES = [
    b"1;a\nb\r\nx\r\n0\r\n\r\n",
    b"1\nx\r\n0\r\n\r\n",
    b"1\r\nxy\r\n0\r\n\r\n",
    b"1 \r\nx\r\n0\r\n\r\n",
    b"+1\r\nx\r\n0\r\n\r\n",
    b"0x1\r\nx\r\n0\r\n\r\n",
    b"1_0\r\nx\r\n0\r\n\r\n",
    b"11111111111111111\r\nx\r\n0\r\n\r\n",
    b"\r\n0\r\n\r\n",
    b"1\r\nx\r\n0\r\nContent-Length: 9\r\n\r\n",
    b"1\r\nx\r\n0\r\nHost: i\r\n\r\n",
]

LAST = (b"/next", b"h", b"")

SAME = [
    (POST + b"Content-Length: 3\r\n\r\nabc", (b"/a", b"h", b"abc")),
    (POST + b"Content-Length: %d\r\n\r\n" % len(EVIL) + EVIL, (b"/a", b"h", EVIL)),
    (
        POST + b'Transfer-Encoding: Chunked\r\n\r\n2;x="y"\r\nab\r\n01\r\nc\r\n0\r\nX: y\r\n\r\n',
        (b"/a", b"h", b"abc"),
    ),
    # A trailer is not passed on, whatever it says, nor announced.
    (
        POST + b"Trailer: X\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n",
        (b"/a", b"h", b"a"),
    ),
    (b"GET /a HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", (b"/a", b"h", b"abc")),
    (b"\r\nGET  /a HTTP/1.1\r\nHost: h\r\n\r\n", (b"/a", b"h", b"")),
    (b"GET http://other/a HTTP/1.1\r\nHost: h\r\n\r\n", (b"/a", b"other", b"")),
    (POST + b"Content_Length: 30\r\nTransfer_Encoding: chunked\r\n\r\n", (b"/a", b"h", b"")),
    (POST + b"Connection: Content-Length\r\nContent-Length: 3\r\n\r\nabc", (b"/a", b"h", b"abc")),
    (b"GET /a HTTP/1.1\r\nHost: h\r\nX: \xe9\xff\r\n\r\n", (b"/a", b"h", b"")),
]


@pytest.mark.parametrize("vector", REFUSED)
async def test_what_is_refused_never_reaches_the_upstream(origin, proxied, vector):
    recorder = Recorder()
    async with origin(recorder) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(vector + NEXT)
    assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5")), answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert recorder.seen == []


@pytest.mark.parametrize("body", REFUSED_BODIES)
async def test_a_malformed_body_ends_the_connection_and_is_never_complete_upstream(origin, proxied, body):
    recorder = Recorder()
    async with origin(recorder) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(POST + b"Transfer-Encoding: chunked\r\n\r\n" + body + NEXT)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert recorder.seen == []


@pytest.mark.parametrize(("vector", "meaning"), SAME)
async def test_what_is_answered_has_one_meaning(origin, proxied, vector, meaning):
    recorder = Recorder()
    async with origin(recorder) as upstream, proxied(upstream.dial) as running:
        answer = await running.ask(vector + NEXT)
    assert answer.count(b"HTTP/1.1 200 ") == 2, answer
    assert recorder.seen == [meaning, LAST]
