"""The front's HTTP/1 server: connections on given listening sockets, one endpoint, deadlines and drain."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from email.utils import formatdate
from types import TracebackType
from typing import Self

from ..errors import ClientGone
from ..http2.connection import Connection as HTTP2
from .connection import Connection
from .downstream import Downstream
from .exchange import Endpoint, Exchange
from .failures import failure_headers, failure_of
from .front_writer import HELD, STREAMING, WAITING, FrontWriter
from .headers import HeaderList
from .limits import Limits
from .opening import Opening
from .request_head import RequestHead

logger = logging.getLogger(__name__)

Observer = Callable[[Exchange, FrontWriter], None]
"""Told of each exchange when it is over; writes logs and counts."""

SPOKEN = ("h2", "http/1.1")
"""The protocols that may be agreed on by ALPN, best first."""

Entrance = Callable[["Server"], Downstream]
"""Makes what a new connection meets first, where that is not HTTP yet: TLS, the PROXY protocol."""

_LAST_CALL = 1.0
"""Seconds for which idle connections stay open in a drain. A request that meets the closing of its connection is lost
to a client that may not repeat it; one that comes in this time is answered, and told that the connection closes."""

_MOST_HEADS = 512
"""Heads that are remembered until the next sweep, which forgets what is in them: cookies and the like."""

_SWEEP = 1.0
"""Seconds between two looks at all deadlines; a deadline is kept within this."""


class Server:
    """Serves `endpoint` on sockets that are bound and listening already.

    `async with Server(…) as server` accepts from its start to its end; leaving cuts what still runs, so a graceful
    stop is `await server.drain(…)` before. `server.endpoint` may be replaced at any time: a request is answered
    by the endpoint it began with.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        sockets: Iterable[socket.socket],
        *,
        limits: Limits | None = None,
        entrance: Entrance | None = None,
        protocols: Collection[str] = ("h1", "h2"),
        observers: Iterable[Observer] = (),
    ) -> None:
        self.endpoint = endpoint
        self.limits = limits or Limits()
        self.protocols = frozenset(protocols)
        """What is spoken: `h1`, `h2` (with TLS), `h2c` (HTTP/2 without)."""
        self.abuses: Counter[str] = Counter()
        """Clients that were cut off, by what they did too often."""
        self.refusals: Counter[str] = Counter()
        """Connections that were ended before HTTP, by why."""
        self.observers = tuple(observers)
        self.running = 0
        """Exchanges that are not over."""
        self.connections: set[Downstream] = set()
        self.now = 0.0
        """The loop's clock as of the last sweep; near enough for deadlines, and free."""
        self.date = b""
        self.heads: dict[bytes, RequestHead] = {}
        """What heads without a body say that have come since the last sweep, by their bytes."""
        self._sockets = tuple(sockets)
        self._entrance = entrance or Server.protocol
        self._listeners: list[asyncio.Server] = []
        self._sweeper: asyncio.Task[None] | None = None
        self._emptied = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self._tick()
        for listening in self._sockets:
            create = self.loop.create_unix_server if listening.family == socket.AF_UNIX else self.loop.create_server
            self._listeners.append(await create(lambda: self._entrance(self), sock=listening, backlog=4096))
        self._sweeper = self.loop.create_task(self._sweep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_accepting()
        for connection in tuple(self.connections):
            connection.cut()
        if self._sweeper is not None:
            self._sweeper.cancel()
        await self._until_empty(1.0)

    async def drain(self, grace: float) -> int:
        """Stop accepting, let what runs finish within `grace` seconds, cut the rest; how many requests were cut."""
        self._stop_accepting()
        known = set(self.connections)
        for connection in known:
            connection.retire()
        await asyncio.sleep(0)  # what was accepted just now is made known in the loop's next turn
        for connection in self.connections - known:
            connection.retire()
        last_call = min(_LAST_CALL, grace / 2)
        await self._until_empty(last_call)
        for connection in tuple(self.connections):
            connection.close_if_idle()
        await self._until_empty(grace - last_call)
        cut = [connection for connection in self.connections if not connection.is_fresh()]
        for connection in tuple(self.connections):
            connection.cut()
        return len(cut)

    def protocol(self, alpn: str = "") -> Downstream:
        """What speaks with a client that agreed on this protocol in its TLS handshake, or on none."""
        if alpn == "h2":
            return HTTP2(self)
        if alpn or ("h2c" not in self.protocols and "h1" in self.protocols):
            return Connection(self)
        return Opening(self)

    def _stop_accepting(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners.clear()

    async def _until_empty(self, seconds: float) -> None:
        if not self.connections:
            return
        self._emptied.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._emptied.wait(), seconds)

    def forget(self, connection: Downstream) -> None:
        """A connection is closed."""
        self.connections.discard(connection)
        if not self.connections:
            self._emptied.set()

    def remember(self, data: bytes, head: RequestHead) -> None:
        """Know a head when it comes again; clients that stay mostly ask alike."""
        if len(self.heads) < _MOST_HEADS:
            self.heads[data] = head
            head.memory = {}

    def _tick(self) -> None:
        self.now = self.loop.time()
        self.date = b"Date: %b\r\n" % formatdate(usegmt=True).encode()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            self._tick()
            self.heads.clear()
            now = self.now
            for connection in tuple(self.connections):
                if connection.read_deadline <= now or connection.write_deadline <= now:
                    connection.expire()

    async def handle(self, exchange: Exchange, response: FrontWriter) -> None:
        """Have the endpoint answer; whatever it fails with becomes an answer, or a cut if one has begun."""
        self.running += 1
        try:
            await self.endpoint(exchange)
            if response.phase is WAITING:
                exchange.vars["unhandled"] = True
                await response.start(200, [], 0)
            if response.phase in (HELD, STREAMING):
                await response.finish()
        except ClientGone:
            raise
        except Exception as raised:
            exchange.failure = error = failure_of(raised, exchange)
            await self._fail(response, error.status, failure_headers(error))
        finally:
            self.running -= 1
            for observe in self.observers:
                observe(exchange, response)

    async def _fail(self, response: FrontWriter, status: int, headers: HeaderList) -> None:
        if response.phase is HELD:
            response.withdraw()
        if response.phase is WAITING:
            await response.start(status, headers, 0)
            await response.finish()
