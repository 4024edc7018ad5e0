"""A leg to upstreams that speak HTTP/2: one connection for many requests, and another only when it is full.

Without TLS it is known beforehand that they do (`h2c`). With TLS the handshake tells (ALPN); an upstream that agrees on
HTTP/1.1 is from then on spoken to as any other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from ..errors import UpstreamProtocolError
from ..http.exchange import Exchange
from .answer import Answer
from .carrier import ClosedUnanswered
from .dial import TLS
from .http2_connection import PROBE, Http2Connection
from .http2_stream import ClientStream, Unprocessed
from .leg import Leg, Request
from .target import Target
from .way import Way

_MOST_TRIES = 3
"""For a request that upstreams have not looked at, as they said."""

_MOST_DIALS = 64
"""Connections that a request waits for, which others have filled before its turn came."""

_MOST_TARGETS = 10_000
"""Targets that are remembered to speak HTTP/1 only."""

Key = tuple[Target, Way | None]


class Http2Leg(Leg):
    """`knows` that upstreams speak HTTP/2. Otherwise the dialer's TLS offers it, and `plain` TLS does not.

    Without `plain` an upstream that does not speak HTTP/2 is not spoken to.
    """

    def __init__(self, *, knows: bool, plain: TLS | None = None, probe: float = PROBE, **settings: Any) -> None:
        super().__init__(**settings)
        self._knows = knows
        self._plain = plain
        self._probe = probe
        self._both = self._dialer
        self._dialer = self._dialer if plain is None else replace(self._dialer, tls=plain)
        self._shared: dict[Key, list[Http2Connection]] = {}
        self._dialing: dict[Key, asyncio.Task[Http2Connection | None]] = {}
        self._old: set[Target] = set()

    def close(self) -> None:
        """See `Leg.close`."""
        super().close()
        for connections in tuple(self._shared.values()):
            for connection in tuple(connections):
                connection.retire()

    def route(self, request: Request, target: Target, exchange: Exchange | None) -> None:
        """See `Leg.route`; a network proxy that passes requests on passes on those of HTTP/1."""
        super().route(request, target, exchange)
        if self._knows and request.way is not None and request.way.proxy is not None:
            request.way = replace(request.way, is_tunnel=True)

    async def ask(self, target: Target, request: Request) -> Answer:
        """See `Leg.ask`."""
        if request.may_switch and not self._plain:
            raise UpstreamProtocolError("an upstream that is spoken to by HTTP/2 alone takes no upgrade")
        if request.may_switch or target in self._old:
            return await super().ask(target, request)
        for tries in range(1, _MOST_TRIES + 1):
            connection = await self._connection((target, request.way))
            if connection is None:
                break
            try:
                return await self._ask_by(connection.open(), target, request)
            except ClosedUnanswered as error:
                may_repeat = request.has_its_body() if isinstance(error, Unprocessed) else request.can_be_replayed()
                if tries == _MOST_TRIES or not may_repeat:
                    raise
        return await super().ask(target, request)

    async def _ask_by(self, stream: ClientStream, target: Target, request: Request) -> Answer:
        body, answer = request.body, stream.answer
        at_hand = request.at_hand() if body.length != 0 else b""
        whole = body.length == 0 or request.is_whole()
        try:
            stream.begin(
                request, "https" if self._both.is_private(target.address) else "http", end=whole and not at_hand
            )
        except ConnectionError:
            raise Unprocessed("upstream closed the connection") from None
        if not whole or at_hand:
            answer.sending = asyncio.create_task(self._send_body(stream, answer, at_hand, body))
        return await self._head_of(answer, request)

    # Connections.

    async def _connection(self, key: Key) -> Http2Connection | None:
        """One with room; None if the upstream speaks HTTP/1. All who need one wait for the same dialing."""
        for _ in range(_MOST_DIALS):
            for connection in self._shared.get(key, ()):
                if connection.has_room():
                    return connection
            dialing = self._dialing.get(key)
            if dialing is None:
                dialing = self._dialing[key] = asyncio.create_task(self._dial_shared(key))
                dialing.add_done_callback(self._dialed(key))
            if await asyncio.shield(dialing) is None:
                return None
        raise UpstreamProtocolError(f"{key[0]}: no connection that takes another request")

    def _dialed(self, key: Key) -> Callable[[asyncio.Task[Http2Connection | None]], None]:
        def done(dialing: asyncio.Task[Http2Connection | None]) -> None:
            del self._dialing[key]
            if not dialing.cancelled():
                dialing.exception()  # it is for those who wait, and they may all have left

        return done

    async def _dial_shared(self, key: Key) -> Http2Connection | None:
        target, way = key
        opening = await self._both.dial(target.address, lambda: _Opening(self._make(key), knows=self._knows), way)
        transport = opening.transport
        assert transport is not None
        if opening.chosen is not None:
            self._shared.setdefault(key, []).append(opening.chosen)
            return opening.chosen
        if self._plain is None:
            transport.close()
            raise UpstreamProtocolError(f"{target}: does not speak HTTP/2")
        if len(self._old) >= _MOST_TARGETS:
            self._old.clear()
        self._old.add(target)
        self._adopt(transport, target, way)
        return None

    def _make(self, key: Key) -> Callable[[], Http2Connection]:
        def gone(connection: Http2Connection) -> None:
            connections = self._shared.get(key, [])
            if connection in connections:
                connections.remove(connection)
            if not connections:
                self._shared.pop(key, None)

        idle = self._keep_alive.seconds if self._keep_alive.idle else 0
        return lambda: Http2Connection(idle, gone, self._probe)


class _Opening(asyncio.Protocol):
    """Becomes an `Http2Connection` if that was agreed on; otherwise the leg takes the transport."""

    def __init__(self, make: Callable[[], Http2Connection], *, knows: bool) -> None:
        self.chosen: Http2Connection | None = None
        self.transport: asyncio.Transport | None = None
        self._make = make
        self._knows = knows

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The handshake is done, if there was one."""
        self.transport = cast(asyncio.Transport, transport)
        tls = transport.get_extra_info("ssl_object")
        if self._knows or (tls is not None and tls.selected_alpn_protocol() == "h2"):
            self.chosen = self._make()
            self.transport.set_protocol(self.chosen)
            self.chosen.connection_made(transport)
