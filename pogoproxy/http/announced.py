"""Connections that a proxy announces by the PROXY protocol: the header is read, and what follows is the client's."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from .downstream import Downstream
from .prelude import Prelude
from .proxy_header import Address, BadHeader, Header, NoHeader, read_header

if TYPE_CHECKING:
    from .server import Server

log = logging.getLogger(__name__)

DEFAULT_TIMEOUT = 5.0
"""Seconds for the header, as in Caddy."""


class Trust(enum.Enum):
    """What a peer's header is worth; the names are Caddy's."""

    IGNORE = enum.auto()
    """It is read, and the address that it says is not used."""
    USE = enum.auto()
    REJECT = enum.auto()
    """Who sends one is refused."""
    REQUIRE = enum.auto()
    """Who sends none is refused."""
    SKIP = enum.auto()
    """None is looked for."""


Judge = Callable[[str], Trust]
"""The trust in a peer by its address; `@` for one on a Unix socket."""


class Preface(Prelude):
    """The first protocol of a connection that may begin with a header; `following` makes the next one."""

    __slots__ = ("_buffer", "_following", "_judge", "_timeout", "_trust")

    def __init__(self, server: Server, judge: Judge, timeout: float, following: Callable[[Server], Downstream]) -> None:
        super().__init__(server)
        self._judge = judge
        self._timeout = timeout
        self._following = following
        self._buffer = bytearray()
        self._trust = Trust.SKIP

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The clock starts."""
        super().connection_made(transport)
        self.read_deadline = self.server.now + self._timeout
        self._trust = self._judge(self.remote[0])
        if self.is_surplus():
            self.server.refusals["surplus"] += 1
            self.cut()
        elif self._trust is Trust.SKIP:
            self._hand_over(Header(0))

    def data_received(self, data: bytes) -> None:
        """Read the header, and give the rest to whom it is for."""
        self._buffer += data
        try:
            header = read_header(self._buffer)
        except NoHeader:
            return self._refuse("no header") if self._trust is Trust.REQUIRE else self._hand_over(Header(0))
        except BadHeader as wrong:
            return self._refuse(str(wrong))
        if header is None:
            return None
        if self._trust is Trust.REJECT:
            return self._refuse("a header from a peer that may send none")
        return self._hand_over(header)

    def eof_received(self) -> bool:
        """Nothing came of it."""
        return False

    def _refuse(self, reason: str) -> None:
        log.warning("PROXY protocol refused remote=%s reason=%s", self.remote[0], reason)
        self.server.refusals["proxy_header"] += 1
        self.cut()

    def expire(self) -> None:
        """The header was too slow."""
        self.server.refusals["slow_proxy_header"] += 1
        super().expire()

    def _hand_over(self, header: Header) -> None:
        assert self.transport is not None
        raw = self.transport
        shown: asyncio.BaseTransport = raw
        if header.source is not None and header.destination is not None and self._trust is not Trust.IGNORE:
            shown = cast(asyncio.BaseTransport, Announced(raw, header.source, header.destination))
        following = self._following(self.server)
        raw.set_protocol(following)
        self.hand_over(following, lambda: following.connection_made(shown))
        if rest := bytes(self._buffer[header.length :]):
            following.data_received(rest)


class Announced:
    """The socket's transport, with the addresses that the proxy says."""

    def __init__(self, raw: asyncio.Transport, source: Address, destination: Address) -> None:
        self._raw = raw
        self._addresses = {"peername": source, "sockname": destination}

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """See `asyncio.BaseTransport`."""
        return self._addresses.get(name) or self._raw.get_extra_info(name, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)
