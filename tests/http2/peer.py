"""A client that speaks frames, well or badly, and sees each frame that comes back. HPACK is another library's."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import hpack
import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.http2.codes import Code
from pogoproxy.http2.frames import ACK, END_HEADERS, END_STREAM, HEADER, PREFACE, Kind, frame
from pogoproxy.http2.settings import Setting, pack
from tests.wire import Running, Serve

PATIENCE = 20
"""Seconds for anything that is awaited; the machine may be busy."""

Fields = list[tuple[bytes, bytes]]
GET: Fields = [(b":method", b"GET"), (b":scheme", b"http"), (b":path", b"/"), (b":authority", b"a.example")]
POST: Fields = [(b":method", b"POST"), *GET[1:]]


class Frame(NamedTuple):
    """One frame as it came."""

    kind: Kind
    flags: int
    stream: int
    payload: bytes

    @property
    def ends_stream(self) -> bool:
        return self.kind in (Kind.HEADERS, Kind.DATA) and self.flags & END_STREAM != 0


class Answer(NamedTuple):
    """A whole answer; `informed` are the heads before the final one."""

    fields: dict[bytes, bytes]
    body: bytes
    trailers: dict[bytes, bytes]
    informed: list[dict[bytes, bytes]]

    @property
    def status(self) -> int:
        return int(self.fields[b":status"])


class Peer:
    """One connection. What is read is kept, so that several expectations may look at it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.encoder = hpack.Encoder()
        self.decoder = hpack.Decoder()
        self.seen: list[Frame] = []

    def raw(self, data: bytes) -> None:
        self.writer.write(data)

    def send(self, kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> None:
        self.raw(frame(kind, flags, stream, payload))

    def greet(self, **settings: int) -> None:
        self.raw(PREFACE + pack({Setting[name.upper()]: value for name, value in settings.items()}))

    def request(self, stream: int, fields: Fields = GET, *, end: bool = True) -> None:
        self.send(
            Kind.HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, self.encoder.encode(fields, huffman=False)
        )

    def data(self, stream: int, data: bytes, *, end: bool = False) -> None:
        self.send(Kind.DATA, END_STREAM if end else 0, stream, data)

    async def frame(self) -> Frame | None:
        """The next frame; None when the server has closed."""
        try:
            async with asyncio.timeout(PATIENCE):
                head = await self.reader.readexactly(HEADER.size)
                sized, flags, stream = HEADER.unpack(head)
                payload = await self.reader.readexactly(sized >> 8)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        self.seen.append(Frame(Kind(sized & 0xFF), flags, stream, payload))
        return self.seen[-1]

    async def until(self, wanted: Callable[[Frame], bool]) -> Frame:
        """The next frame of that kind; what comes before it is passed over."""
        while (found := await self.frame()) is not None:
            if wanted(found):
                return found
        raise AssertionError(f"the server closed; it sent {self.seen}")

    async def of_kind(self, kind: Kind, stream: int | None = None) -> Frame:
        return await self.until(lambda one: one.kind is kind and stream in (None, one.stream))

    async def settings_ack(self) -> None:
        await self.until(lambda one: one.kind is Kind.SETTINGS and one.flags & ACK != 0)

    async def pong(self, payload: bytes = b"12345678") -> None:
        """The connection works."""
        self.send(Kind.PING, payload=payload)
        await self.until(lambda one: one.kind is Kind.PING and one.payload == payload and one.flags & ACK != 0)

    async def goaway(self) -> Code:
        """The code with which the server ended the connection; it must close then."""
        found = await self.of_kind(Kind.GOAWAY)
        while await self.frame() is not None:
            pass
        return Code(int.from_bytes(found.payload[4:8], "big"))

    async def reset(self, stream: int) -> Code:
        """The code with which the server ended the stream; the others must go on."""
        found = await self.of_kind(Kind.RST_STREAM, stream)
        await self.pong(b"go on...")
        return Code(int.from_bytes(found.payload, "big"))

    def fields(self, head: Frame) -> dict[bytes, bytes]:
        return {bytes(name): bytes(value) for name, value in self.decoder.decode(head.payload, raw=True)}

    async def answer(self, stream: int) -> Answer:
        """Read to the end of the stream. Nothing of other streams may come in between, but for the connection."""
        heads: list[dict[bytes, bytes]] = []
        body = b""
        while True:
            found = await self.until(lambda one: one.kind in (Kind.HEADERS, Kind.DATA, Kind.RST_STREAM, Kind.GOAWAY))
            assert found.kind in (Kind.HEADERS, Kind.DATA), found
            assert found.stream == stream, found
            if found.kind is Kind.DATA:
                body += found.payload
            else:
                heads.append(self.fields(found))
            if found.ends_stream:
                break
        final = next(at for at, head in enumerate(heads) if head.get(b":status", b"1")[:1] != b"1")
        return Answer(heads[final], body, heads[final + 1] if len(heads) > final + 1 else {}, heads[:final])

    async def ask(self, stream: int, fields: Fields = GET) -> Answer:
        self.request(stream, fields)
        return await self.answer(stream)

    def close(self) -> None:
        self.writer.close()


Connect = Callable[[Running], AbstractAsyncContextManager[Peer]]


@pytest.fixture
def connect() -> Connect:
    """`async with connect(running) as peer`; nothing was sent yet."""

    @contextlib.asynccontextmanager
    async def connected(running: Running) -> AsyncIterator[Peer]:
        peer = Peer(*await asyncio.open_connection(*running.address))
        try:
            yield peer
        finally:
            peer.close()

    return connected


@pytest.fixture
def h2(serve: Serve, connect: Connect) -> Callable[..., AbstractAsyncContextManager[Peer]]:
    """`async with h2(endpoint, …) as peer`: a server and a client that has greeted it."""

    @contextlib.asynccontextmanager
    async def greeted(
        endpoint: Callable[[Exchange], Awaitable[None]], settings: dict[str, int] | None = None, **more: object
    ) -> AsyncIterator[Peer]:
        async with serve(endpoint, **more) as running, connect(running) as peer:
            peer.greet(**(settings or {}))
            yield peer

    return greeted


async def echo(exchange: Exchange) -> None:
    """Answers with what it was asked."""
    body = b""
    while piece := await exchange.body.read():
        body += piece
    text = f"{exchange.method} {exchange.host} {exchange.uri} ".encode() + body
    await exchange.writer.start(200, [(b"Content-Type", b"text/plain")], len(text))
    await exchange.writer.write(text)
    await exchange.writer.finish()
