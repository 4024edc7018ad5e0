"""A TLS connection between two transports in memory."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import cast

from pogoproxy.tls.hello import ClientHello
from pogoproxy.tls.session import Session
from pogoproxy.tls.transport import Secured
from tests.tls.conftest import client_context

READ = 256 * 1024
"""Bytes that the loop reads at once."""


class Socket(asyncio.Transport):
    """The socket's transport, of which a test is the loop."""

    def __init__(self) -> None:
        super().__init__()
        self.is_reading_now = True

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Nobody listens."""

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """The test knows it."""

    def pause_reading(self) -> None:
        self.is_reading_now = False

    def resume_reading(self) -> None:
        self.is_reading_now = True


class SlowReader(asyncio.Protocol):
    """Takes a piece, and no other until it is told to."""

    def __init__(self) -> None:
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.received += len(data)
        self.transport.pause_reading()


def agreed(context: ssl.SSLContext) -> tuple[Session, ssl.SSLObject, ssl.MemoryBIO]:
    """A session whose handshake is done, the client's side of it, and what that sends."""
    session = Session(context, ClientHello())
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context().wrap_bio(incoming, outgoing)
    for _ in range(3):
        with contextlib.suppress(ssl.SSLWantReadError):
            client.do_handshake()
        session.incoming.write(outgoing.read())
        with contextlib.suppress(ssl.SSLWantReadError):
            session.tls.do_handshake()
        incoming.write(session.outgoing.read())
    return session, client, outgoing


async def test_a_reader_that_pauses_again_and_again_has_no_more_than_one_read_waiting(server_context: ssl.SSLContext):
    """Or an upload that comes faster than it is read is kept as a whole, and moved in memory again with every read."""
    session, client, sent = agreed(server_context)
    raw, reader = Socket(), SlowReader()
    secured = Secured(raw, session, reader)
    secured.begin()
    client.write(bytes(1024 * 1024))
    while sent.pending:
        if raw.is_reading_now:  # the loop may look at the socket before anything else
            secured.data_received(sent.read(READ))
        assert session.incoming.pending <= READ
        await asyncio.sleep(0)
        secured.resume_reading()
    while session.incoming.pending:
        await asyncio.sleep(0)
        secured.resume_reading()
    assert reader.received == 1024 * 1024
