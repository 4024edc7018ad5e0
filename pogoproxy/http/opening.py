"""The first bytes of a connection on which no handshake has told the protocol (RFC 9113 section 3.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..http2.connection import Connection as HTTP2
from ..http2.frames import PREFACE
from .connection import Connection as HTTP1
from .prelude import Prelude

if TYPE_CHECKING:
    from .server import Server


class Opening(Prelude):
    """Hands its transport over to an HTTP/1 or an HTTP/2 connection, by whether the client begins with the preface."""

    __slots__ = ("_begun",)

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """With TLS, a client that did not ask for HTTP/2 in its handshake gets none."""
        super().connection_made(transport)
        if self.tls is not None or "h2c" not in self.server.protocols:
            self._become(HTTP1)

    def data_received(self, data: bytes) -> None:
        """Decide by the first bytes that differ."""
        begun = self._begun = self._begun + data
        if PREFACE.startswith(begun[: len(PREFACE)]):
            if len(begun) >= len(PREFACE):
                self._become(HTTP2)
        else:
            self._become(HTTP1)

    def _become(self, kind: type[HTTP1 | HTTP2]) -> None:
        transport = self.transport
        assert transport is not None
        if kind is HTTP1 and "h1" not in self.server.protocols:
            return transport.abort()
        connection = kind(self.server)
        transport.set_protocol(connection)
        self.hand_over(connection, lambda: connection.connection_made(transport))
        if self._begun:
            connection.data_received(self._begun)
        return None

    def retire(self) -> None:
        """See `Downstream.retire`."""
        super().retire()
        self.hurry()
