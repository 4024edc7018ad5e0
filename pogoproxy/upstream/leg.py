"""A round trip to a target: a pooled connection or a fresh one, the request out, the answer's head in.

A request is sent a second time in one case only: it went out on a reused connection, that ended before one byte of an
answer, the method is idempotent (RFC 9110 section 9.2.2) and the body can be sent again. The upstream then most
likely closed the idle connection just as we wrote to it; the second try is on a fresh connection.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from ..errors import ClientGone, HandlerError, UpstreamTimeout
from ..http.body import Body
from ..http.exchange import Exchange
from ..http.headers import HeaderList
from .answer import Answer
from .carrier import Carrier, ClosedUnanswered
from .connection import UpstreamConnection
from .dial import Dialer
from .forwarding import request_head
from .pool import Pool
from .target import Target
from .way import Way, Ways

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

_JOINED = 64 * 1024
"""Up to here a body at hand is copied behind the head; beyond, it is a write of its own."""

_MOST_POOLS = 10_000
"""Pools until those without connections are dropped."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds for each phase; None waits as long as the client does. The dialer has its own."""

    response_header: float | None = None
    read: float | None = None
    write: float | None = None
    """For each piece of a request's body."""


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """Connections that are kept for later: `idle` of a target at most, each for `seconds`."""

    idle: int = 512
    seconds: float = 120.0


class Taker(Protocol):
    """What takes a request's body."""

    async def write(self, data: bytes, *, chunked: bool) -> None:
        """See `UpstreamConnection.write`."""

    def sent(self, *, chunked: bool) -> None:
        """See `UpstreamConnection.sent`."""

    def abort(self) -> None:
        """The body will not be complete."""


class Request:
    """What goes upstream. `inform` takes the 1xx answers, `held` is what was read of the body for a try before."""

    __slots__ = ("body", "fields", "head", "held", "inform", "may_switch", "method", "uri", "way")

    def __init__(  # noqa: PLR0917 - as in `Exchange`
        self,
        method: str,
        head: bytes,
        body: Body,
        inform: Callable[[int, HeaderList], Awaitable[None]],
        uri: str = "/",
        fields: HeaderList | None = None,
        held: bytes = b"",
    ) -> None:
        self.method = method
        self.uri = uri
        self.fields = fields or []
        """What `head` says beside the framing, for an upstream to which it goes in another form."""
        self.head = head
        self.body = body
        self.inform = inform
        self.may_switch = False
        self.way: Way | None = None
        """How the target is reached, unless that is the same for all."""
        self.held = held

    def at_hand(self) -> bytes:
        """The part of the body that needs no waiting; the same again if the request is sent again."""
        self.held += self.body.at_hand()
        return self.held

    def is_whole(self) -> bool:
        """Whether what is at hand is all."""
        return self.body.received == self.body.length

    def has_its_body(self) -> bool:
        """Whether what was read of the body is still there to be sent again."""
        return len(self.held) == self.body.received

    def can_be_replayed(self) -> bool:
        """Whether sending it twice does no more than sending it once, and is possible."""
        return self.method in IDEMPOTENT and self.has_its_body()


class Leg:
    """Sends requests. The idle connections are its own, since another's may have been dialed in another way.

    It speaks HTTP/1.1; a subclass for another protocol has another `carrier` and another `head`.
    """

    def __init__(
        self,
        deadlines: Deadlines | None = None,
        keep_alive: KeepAlive | None = None,
        dialer: Dialer | None = None,
        ways: Ways | None = None,
    ) -> None:
        self.deadlines = deadlines or Deadlines()
        self._keep_alive = keep_alive or KeepAlive()
        self._dialer = dialer or Dialer()
        self._ways = ways
        self._pools: dict[Target | tuple[Target, Way], Pool[Carrier]] = {}

    def close(self) -> None:
        """Close what is idle."""
        for pool in self._pools.values():
            for connection in pool.empty():
                connection.close()

    def carrier(self, release: Callable[[Carrier], None], gone: Callable[[Carrier], None]) -> Carrier:
        """A connection that is yet to be dialed."""
        return UpstreamConnection(release, gone)

    def head(self, exchange: Exchange, method: str, uri: str, fields: HeaderList, length: int | None) -> bytes:
        """The bytes that a request to the upstream begins with; HandlerError if it cannot be put into them."""
        return request_head(method, uri, fields, length)

    def route(self, request: Request, target: Target, exchange: Exchange | None) -> None:
        """Choose the request's way, where there is a choice; to be called once, before `ask`."""
        if self._ways is not None:
            private = self._dialer.is_private(target.address)
            request.way = self._ways(exchange, target.address, is_private=private)
            request.head = request.way.told(request.head, target.address)

    def _pool(self, target: Target, way: Way | None) -> Pool[Carrier]:
        key = target if way is None else (target, way)
        pool = self._pools.get(key)
        if pool is None:
            self._drop_the_unused()
            pool = self._pools[key] = Pool(self._keep_alive.idle, self._keep_alive.seconds)
        return pool

    def _drop_the_unused(self) -> None:
        """Ways and targets may come from requests, so pools without connections must not stay for ever."""
        if len(self._pools) >= _MOST_POOLS:
            self._pools = {key: pool for key, pool in self._pools.items() if len(pool)}

    async def ask(self, target: Target, request: Request) -> Answer:
        """The answer, its head complete. DialError, UpstreamTimeout or UpstreamProtocolError if there is none."""
        pooled = self._pool(target, request.way).take(time.monotonic())
        if pooled is not None:
            try:
                return await self._head_of(self._begin(pooled, request), request)
            except ClosedUnanswered:
                if not request.can_be_replayed():
                    raise
        return await self._head_of(self._begin(await self.dial(target, request.way), request), request)

    def _begin(self, connection: Carrier, request: Request) -> Answer:
        """Send what can be sent at once; a task of the answer's sends the rest."""
        body = request.body
        at_hand = request.at_hand() if body.length != 0 else b""
        whole = body.length == 0 or request.is_whole()
        joined = whole and len(at_hand) <= _JOINED
        answer = connection.begin(
            request.head,
            at_hand if joined else b"",
            to_head=request.method == "HEAD",
            may_switch=request.may_switch,
            whole=joined,
        )
        if not joined:
            answer.sending = asyncio.create_task(self._send_body(connection, answer, at_hand, body))
        return answer

    async def _head_of(self, answer: Answer, request: Request) -> Answer:
        """The answer when its head has come."""
        # An upload may take as long as the client takes; only then does the upstream owe us an answer.
        answer.patience = None if answer.sending is not None else self.deadlines.response_header
        try:
            while not answer.status or answer.informed:
                if answer.informed:
                    await request.inform(*answer.informed.pop(0))
                else:
                    await answer.arrival()
            answer.check()
        except BaseException:
            answer.close()
            raise
        answer.patience = self.deadlines.read
        return answer

    async def _send_body(self, connection: Taker, answer: Answer, at_hand: bytes, body: Body) -> None:
        """Send the body as the client sends it.

        If the upstream closes, its answer tells why; if the client fails, we end.
        """
        chunked = body.length is None
        try:
            data = at_hand or await body.read()
            while data:
                await self._write(connection, data, chunked=chunked)
                data = await body.read()
            if body.length is not None and body.received < body.length:
                raise HandlerError(400, "request body ended early")
            connection.sent(chunked=chunked)
            if not answer.status:
                answer.patience = self.deadlines.response_header
                answer.notify()
        except ConnectionError:
            pass
        except TimeoutError:
            answer.fail(UpstreamTimeout(f"upstream took nothing for {self.deadlines.write:g} s"))
            connection.abort()
        except (HandlerError, ClientGone) as error:
            answer.fail(error)
            connection.abort()

    async def _write(self, connection: Taker, data: bytes, *, chunked: bool) -> None:
        if self.deadlines.write is None:  # a timeout without an end costs an upload 4 %
            return await connection.write(data, chunked=chunked)
        async with asyncio.timeout(self.deadlines.write):
            return await connection.write(data, chunked=chunked)

    async def dial(self, target: Target, way: Way | None = None) -> Carrier:
        """A fresh connection; DialError if there is none within the dialer's deadline."""
        keeper = _Keeper(self._pool(target, way), asyncio.get_running_loop())
        return await self._dialer.dial(target.address, lambda: self.carrier(keeper.keep, keeper.forget), way)

    def _adopt(self, transport: asyncio.Transport, target: Target, way: Way | None) -> None:
        """Have a connection that was dialed otherwise for the next request."""
        keeper = _Keeper(self._pool(target, way), asyncio.get_running_loop())
        connection = UpstreamConnection(keeper.keep, keeper.forget)
        transport.set_protocol(connection)
        connection.connection_made(transport)
        keeper.keep(connection)


class _Keeper:
    """Puts connections back into their pool, and closes those that stay idle."""

    def __init__(self, pool: Pool[Carrier], loop: asyncio.AbstractEventLoop) -> None:
        self._pool = pool
        self._loop = loop

    def keep(self, connection: Carrier) -> None:
        """The connection is free."""
        pool = self._pool
        surplus = pool.put(connection, time.monotonic())
        if surplus is not None:
            surplus.close()
        if not pool.is_watched:
            pool.is_watched = True
            self._loop.call_later(pool.idle_timeout, self._expire)

    def _expire(self) -> None:
        pool = self._pool
        for connection in pool.expired(time.monotonic()):
            connection.close()
        pool.is_watched = len(pool) > 0
        if pool.is_watched:
            self._loop.call_later(pool.idle_timeout / 2, self._expire)

    def forget(self, connection: Carrier) -> None:
        """The connection is closed."""
        self._pool.forget(connection)
