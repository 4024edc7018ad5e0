"""The pace that a client must keep while its body is read and while it takes the answer.

With a rate, the time allowed grows with the bytes that have come, so a client that trickles just enough never to stand
still falls behind (Apache's mod_reqtimeout, and Caddy's `read_min_rate`). Beside these, a connection has deadlines of
its own for standing still (`limits`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..errors import ClientGone, HandlerError
from .body import Body, BodyWrapper
from .exchange import Endpoint, Exchange, Middleware
from .writer import Writer, WriterWrapper

CHUNK = 64 * 1024
"""Bytes of one write, so that a large one is not bounded as if it were small."""


@dataclass(frozen=True, slots=True)
class Pace:
    """`idle` seconds without a byte, or with a `rate` (bytes a second) so long behind it; `whole` seconds in all."""

    idle: float | None = None
    rate: int = 0
    whole: float | None = None

    def deadline(self, began: float, now: float, done: int) -> float | None:
        """When the next bytes must have gone, after `done` since `began`; None if they have all the time."""
        times = [] if self.whole is None else [began + self.whole]
        if self.idle is not None:
            times.append(began + self.idle + done / self.rate if self.rate else now + self.idle)
        return min(times, default=None)

    def __bool__(self) -> bool:
        return self.idle is not None or self.whole is not None


class PacedBody(BodyWrapper):
    """A body that its reader gets in time, or 408."""

    __slots__ = ("_began", "_pace")

    def __init__(self, inner: Body, pace: Pace, began: float) -> None:
        super().__init__(inner)
        self._pace = pace
        self._began = began

    async def read(self) -> bytes:
        """See `Body.read`."""
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(self._pace.deadline(self._began, now, self.received)):
                return await self.inner.read()
        except TimeoutError:
            raise HandlerError(408, "request body came too slowly") from None


class PacedWriter(WriterWrapper):
    """A writer whose client takes what it is given in time, or is cut off."""

    __slots__ = ("_began", "_chunk", "_pace", "_written")

    def __init__(self, inner: Writer, pace: Pace, began: float, chunk: int) -> None:
        super().__init__(inner)
        self._pace = pace
        self._began = began
        self._chunk = chunk
        self._written = 0

    async def write(self, data: bytes) -> None:
        """See `Writer.write`."""
        for start in range(0, len(data), self._chunk):
            piece = data[start : start + self._chunk]
            await self._in_time(self.inner.write, piece)
            self._written += len(piece)

    async def _in_time(self, write: Callable[[bytes], Awaitable[None]], piece: bytes) -> None:
        now = asyncio.get_running_loop().time()
        deadline = self._pace.deadline(self._began, now, self._written)
        try:
            async with asyncio.timeout_at(deadline):
                await write(piece)
        except TimeoutError:
            raise ClientGone("the client took its answer too slowly") from None
        if deadline is not None and now > deadline:
            # What fits into the system's buffers needs no waiting, so there was nothing to time out.
            raise ClientGone("the client took its answer too slowly")


def paced(read: Pace, write: Pace, chunk: int = 0) -> Middleware:
    """A middleware that holds clients to these paces; `chunk` is the most bytes of one write, 0 being `CHUNK`."""

    def middleware(following: Endpoint) -> Endpoint:
        def endpoint(exchange: Exchange) -> Awaitable[None]:
            began = asyncio.get_running_loop().time()
            if read and exchange.body.length != 0:
                exchange.body = PacedBody(exchange.body, read, began)
            if write:
                exchange.writer = PacedWriter(exchange.writer, write, began, chunk or CHUNK)
            return following(exchange)

        return endpoint

    return middleware
