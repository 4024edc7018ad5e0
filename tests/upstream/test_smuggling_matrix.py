"""Framing said in every wrong way that is known, each with each: refused, or the very same at the upstream.

The ways are those of the public collections (gunicorn's and llhttp's tests, http-garden's findings, Http11Probe's
pages, smuggler's mutations), put together anew. Each vector hides a request `/evil` that only a parser would see that
reads the framing in another way than we do.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.upstream.test_smuggling import Recorder

NEXT = b"GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
EVIL = b"GET /evil HTTP/1.1\r\nHost: h\r\nX: "
CHUNKED = b"0\r\n\r\n" + EVIL
COUNTED = b"%x\r\n" % len(EVIL) + EVIL + b"\r\n0\r\n\r\n"

NAMES = (
    *(b"Transfer-Encoding", b"transfer-encoding", b"Transfer_Encoding", b"Transfer.Encoding"),
    *(b"Transfer Encoding", b"Transfer-Encoding ", b" Transfer-Encoding", b"\tTransfer-Encoding"),
    *(b"\x0bTransfer-Encoding", b"Transfer-Encoding\x00", b"Transfer-Encoding\t", b"X: y\nTransfer-Encoding"),
    *(b"X: y\rTransfer-Encoding", b"X: y\r\n Transfer-Encoding", b"X: y\r\r\nTransfer-Encoding"),
    *(b"Content-Encoding", b"TE", b"\xefTransfer-Encoding"),
)
CODINGS = (
    *(b" chunked", b"chunked", b"\tchunked", b" Chunked", b" chunked ", b" chunked\t", b" chunked, chunked"),
    *(b" chunked,", b" ,chunked", b" identity", b" chunked, identity", b" identity, chunked"),
    *(b" gzip, chunked", b" x", b" xchunked", b" chunked;q=0", b' "chunked"', b" 'chunked'", b" chunked\x00"),
    *(b" \x0bchunked", b" \x0cchunked", b" chunked\x0b", b" chun\x00ked", b" chun ked", b" \xa0chunked", b""),
    *(b" chunked\r\n\t, x", b" chunked\n", b"\r\n chunked", b" chunked\r\nTransfer-Encoding: chunked"),
    *(b" chunked\r\nTransfer-Encoding: x",),
)
LENGTHS = (
    *(b" 6", b"6", b"\t6", b" 6 ", b" 06", b" +6", b" -6", b" 6, 6", b" 6,", b" 6 6", b" 0x6", b" 6_0"),
    *(b" 6.0", b" 6e0", b"", b" ", b" six", b" 6;", b" 6\x00", b" \x0b6", b" 6\r\n 6"),
    *(b" 18446744073709551622", b" 6\r\nContent-Length: 0", b" 0\r\nContent-Length: 6"),
    *(b" 6\r\nContent-Length: 6", b" \xb2", b" 6\n", b" 6\rX: y", b" " + b"0" * 300 + b"6"),
)
CHUNKS = (
    *(b"5\r\nhello\r\n0\r\n\r\n", b"05\r\nhello\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\n\r\n"),
    *(b"5 \r\nhello\r\n0\r\n\r\n", b" 5\r\nhello\r\n0\r\n\r\n", b"5\t\r\nhello\r\n0\r\n\r\n"),
    *(b"+5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n"),
    *(b"5\nhello\n0\n\n", b"5\r\nhello\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\rhello\r0\r\r"),
    *(b"5\r\nhello\r\n0\r\n\n", b"5\r\nhello\r\n0\n\r\n", b"5\r\nhello\r\n00\r\n\r\n"),
    *(b"5\r\nhello\r\n0;\r\n\r\n", b"5\r\nhello\r\n0 \r\n\r\n"),
    *(b"5;\nGET /evil HTTP/1.1\r\nhello\r\n0\r\n\r\n", b"5\r\nhelloX\r\n0\r\n\r\n", b"g\r\n\r\n"),
    *(b"5;a=\x00\r\nhello\r\n0\r\n\r\n", b'5;a="\r\n"\r\nhello\r\n0\r\n\r\n'),
    *(b"10000000000000005\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffb\r\nhello\r\n0\r\n\r\n"),
    *(b"5\r\nhello\r\n0\r\nX\r\n\r\n", b"5\r\nhello\r\n0\r\nX : y\r\n\r\n"),
    *(b"5\r\nhello\r\n0\r\n X: y\r\n\r\n", b"5\r\nhello\r\n0\r\nX: y\n\r\n"),
    *(b"5\r\nhello\r\n0\r\nX: \x00\r\n\r\n", b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    *(b"5\r\n\r\nhello\r\n0\r\n\r\n", b"\r\n5\r\nhello\r\n0\r\n\r\n"),
)
FIRST_LINES = (
    *(b"GET /a HTTP/1.1", b"GET  /a HTTP/1.1", b"GET /a  HTTP/1.1", b" GET /a HTTP/1.1", b"\tGET /a HTTP/1.1"),
    *(b"GET\t/a\tHTTP/1.1", b"GET /a\x0bHTTP/1.1", b"GET /a HTTP/1.1 ", b"GET /a HTTP/1.1\t", b"GET /a"),
    *(b"GET /a HTTP/0.9", b"GET /a HTTP/1.2", b"GET /a HTTP/2.0", b"GET /a HTTP/1.1.1", b"GET /a HTTP/11"),
    *(b"GET /a http/1.1", b"GET /a HTTPS/1.1", b"GET /a HTTP /1.1", b"GET /a\nHost: evil HTTP/1.1"),
    *(b"GET /a\r HTTP/1.1", b"GET /a\x00 HTTP/1.1", b"GET /a\x7f HTTP/1.1", b"GET /a b HTTP/1.1"),
    *(b"GET a HTTP/1.1", b"GET ?a HTTP/1.1", b"GET  HTTP/1.1", b"GET /a#/evil HTTP/1.1", b"GET * HTTP/1.1"),
    *(b"get /a HTTP/1.1", b"G@T /a HTTP/1.1", b"G\x00T /a HTTP/1.1", b": /a HTTP/1.1", b"GET,POST /a HTTP/1.1"),
    *(b"GET http://h/a HTTP/1.1", b"GET http://i/a HTTP/1.1", b"GET http://h@i/a HTTP/1.1"),
    *(b"GET http:///a HTTP/1.1", b"GET http://h:x/a HTTP/1.1", b"GET //i/a HTTP/1.1", b"GET h:80 HTTP/1.1"),
    *(b"CONNECT h:80 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"PRI * HTTP/2.0\r\n\r\nSM", b"GET /\xff HTTP/1.1"),
    *(b"GET /%00 HTTP/1.1", b"GET /a\\..\\b HTTP/1.1", b"A" * 40 + b" /a HTTP/1.1"),
)
FIELDS = (
    *(b": x", b"X", b"X : y", b"X\x00: y", b"X:\x00", b"X: a\x00b", b"X: a\x7fb", b"X: a\rb", b"X: a\nb"),
    *(b"X\xff: y", b"X(: y", b'"X": y', b"X/: y", b"X,Y: z", b"Host: evil", b"Host : evil", b"host: h"),
    *(b"X: y\r\n\tz", b"\r\n", b"X: \x01", b"X: a\x0bb", b"Connection: Host", b"Connection: Content-Length"),
    *(b"Upgrade: h2c", b"X-Forwarded-For: evil", b"Proxy: evil"),
)


def framed() -> Iterator[bytes]:
    """Codings under all names, alone and beside a length."""
    for name, coding in itertools.product(NAMES, CODINGS):
        head = b"POST /a HTTP/1.1\r\nHost: h\r\n" + name + b":" + coding + b"\r\n"
        yield head + b"\r\n" + CHUNKED
        yield head + b"Content-Length: 6\r\n\r\n" + CHUNKED
        yield b"POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n" + name + b":" + coding + b"\r\n\r\n" + COUNTED


def counted() -> Iterator[bytes]:
    """Lengths, behind which six bytes and a request come."""
    for method, length in itertools.product((b"POST", b"GET"), LENGTHS):
        yield method + b" /a HTTP/1.1\r\nHost: h\r\nContent-Length:" + length + b"\r\n\r\n" + b"abcdef" + EVIL


def chunked() -> Iterator[bytes]:
    """Bodies in chunks."""
    for chunks in CHUNKS:
        yield b"POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks


def written() -> Iterator[bytes]:
    """First lines and single fields."""
    for line in FIRST_LINES:
        yield line + b"\r\nHost: h\r\n\r\n"
        yield line + b"\n" + b"Host: h\r\n\r\n"
    for one in FIELDS:
        yield b"GET /a HTTP/1.1\r\nHost: h\r\n" + one + b"\r\n\r\n"
        yield b"GET /a HTTP/1.1\r\n" + one + b"\r\nHost: h\r\n\r\n"


def fault(answer: bytes, recorder: Recorder) -> str:
    """What is wrong with what came of a vector, or nothing."""
    if recorder.misread:
        return f"the upstream could not read it: {recorder.misread}"
    if any(b"evil" in part for seen in recorder.seen for part in (seen[0], seen[1])):
        return "the upstream saw the hidden request"
    good = answer.count(b"HTTP/1.1 200 ")
    refused = answer.count(b"HTTP/1.1 4") + answer.count(b"HTTP/1.1 5")
    if good != len(recorder.seen):
        return f"{good} answers of the upstream for {len(recorder.seen)} requests there"
    return f"{refused} refusals" if refused > 1 else ""


class Strict(Recorder):
    """Writes down what it cannot read, where the other one fails."""

    def __init__(self) -> None:
        super().__init__()
        self.misread = ""

    async def __call__(self, client) -> None:
        try:
            await super().__call__(client)
        except AssertionError as wrong:
            self.misread = str(wrong) or "framing"


@pytest.mark.parametrize("vectors", [framed, counted, chunked, written])
async def test_every_way_is_refused_or_means_the_same(origin, proxied, vectors):
    faults = []
    recorder = Strict()
    async with origin(recorder) as upstream, proxied(upstream.dial) as running:
        for vector in vectors():
            recorder.seen.clear()
            recorder.misread = ""
            client = await running.connect()
            client.send(vector + NEXT)
            client.writer.write_eof()
            wrong = fault(await client.rest(), recorder)
            client.close()
            if wrong:
                faults.append(f"{vector!r}: {wrong} {recorder.seen}")
    assert not faults, "\n" + "\n".join(faults)
