"""An upstream's answer as it arrives: the head, then the body as far as the reader keeps up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from ..errors import UpstreamTimeout
from ..http.headers import FRAMING, HOP_BY_HOP, HeaderList, tokens
from ..http.stream import RawStream

HIGH_WATER = 128 * 1024
"""Bytes of a body that wait for the reader before the upstream is held back; one read of the loop may exceed it."""


class Bearer(Protocol):
    """What an answer comes on: a connection, or a stream of one."""

    def resume(self) -> None:
        """The reader has caught up, and wants more."""

    def abort(self) -> None:
        """Nobody wants any more."""


class Answer:
    """One answer. `headers` are end to end: the framing and what was for us only has been taken out.

    `read` gives the body. `close` must be called in the end, however that comes about.
    """

    __slots__ = (
        "_bearer",
        "_error",
        "_loop",
        "_waiter",
        "asked",
        "began",
        "came",
        "complete",
        "headers",
        "informed",
        "is_http2",
        "keep_alive",
        "length",
        "on_close",
        "patience",
        "pieces",
        "received",
        "sending",
        "status",
        "stream",
        "trailers",
        "waiting",
    )

    def __init__(self, bearer: Bearer, loop: asyncio.AbstractEventLoop) -> None:
        self._bearer = bearer
        self._loop = loop
        self.status = 0
        self.headers: HeaderList = []
        self.began = self.asked = self.came = 0.0
        self.length: int | None = None
        """Bytes of the body where the head told; for an answer to HEAD those that a GET would have got."""
        self.trailers: HeaderList = []
        self.is_http2 = False
        self.keep_alive = True
        self.complete = False
        self.stream: RawStream | None = None
        """The connection itself, after 101."""
        self.informed: list[tuple[int, HeaderList]] = []
        """1xx answers that have come and were not passed on yet."""
        self.pieces: list[bytes] = []
        self.waiting = 0
        self.received = 0
        """Bytes of the body so far."""
        self.patience: float | None = None
        """Seconds to wait for each further piece."""
        self.sending: asyncio.Task[None] | None = None
        """What still sends the request's body while the answer comes."""
        self.on_close: Callable[[], None] | None = None
        """Called once, when the answer is closed."""
        self._waiter: asyncio.Future[None] | None = None
        self._error: Exception | None = None

    async def read(self) -> bytes:
        """The next piece of the body, `b""` at its end; UpstreamProtocolError if it broke off."""
        while not self.pieces:
            if self.complete:
                return b""
            await self.arrival()
        data = self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        self.pieces.clear()
        if self.waiting > HIGH_WATER:
            self._bearer.resume()
        self.waiting = 0
        return data

    def is_waiting(self) -> bool:
        """See `Received.is_waiting`."""
        return not self.pieces and not self.complete

    def whole(self) -> bytes | None:
        """See `Received.whole`."""
        if not self.complete or self.waiting != self.length:
            return None
        self.waiting = 0
        data = b"".join(self.pieces)
        self.pieces.clear()
        return data

    def arrival(self) -> Awaitable[None]:
        """Wait until something has changed; raises what the answer failed with, or UpstreamTimeout."""
        self.check()
        self._waiter = asyncio.Future(loop=self._loop)
        return self._waiter if self.patience is None else self._in_time(self._waiter, self.patience)

    def check(self) -> None:
        """Raises what the answer failed with, if nothing of it is left to be read."""
        if self._error is not None and not self.pieces:
            raise self._error

    async def _in_time(self, waiter: asyncio.Future[None], patience: float) -> None:
        try:
            async with asyncio.timeout(patience):
                await waiter
        except TimeoutError:
            raise UpstreamTimeout(f"upstream sent nothing for {patience:g} s") from None

    def close(self) -> None:
        """Give up what is still under way, in both directions; the connection is then of no more use."""
        if self.sending is not None and not self.sending.done():
            self.sending.cancel()
            self._bearer.abort()
        elif not self.complete and self.stream is None:
            self._bearer.abort()
        if self.on_close is not None:
            on_close, self.on_close = self.on_close, None
            on_close()

    # What the connection calls.

    def notify(self) -> None:
        """Something has changed."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def fail(self, error: Exception) -> None:
        """There will be no more. What arrived before can still be read."""
        if self._error is None and not self.complete:
            self._error = error
            self.notify()

    def take_head(self, status: int, raw: HeaderList) -> None:
        """Sort the head's fields into framing, for us only, and end to end."""
        self.status = status
        kept = []
        named: set[bytes] = set()
        for pair in raw:
            lowered = pair[0].lower()
            if lowered not in _OURS:
                kept.append(pair)
            elif lowered == b"content-length":
                self.length = int(pair[1])
            elif lowered == b"connection" and pair[1].lower() not in _ORDINARY:
                named |= tokens([pair[1]])
        if named:
            kept = [pair for pair in kept if pair[0].lower() not in named]
        self.headers = kept

    def take_trailers(self, raw: HeaderList) -> None:
        """Keep what may come behind a body (RFC 9110 section 6.5.1), where framing is a trap for some other parser."""
        self.trailers = [pair for pair in raw if pair[0].lower() not in _NOT_BEHIND]


_OURS = HOP_BY_HOP - {b"trailer"} | {b"content-length"}
"""`Trailer` is between two hops as well, but what it announces is passed on."""
_NOT_BEHIND = HOP_BY_HOP | FRAMING | {b"host", b"set-cookie", b"content-encoding", b"content-type", b"content-range"}
_ORDINARY = frozenset({b"close", b"keep-alive", b"upgrade"})
"""What Connection says as a rule, naming no field."""
