"""Answers that are looked at when they start, and perhaps replaced: another status, or another endpoint in their place.

An endpoint that takes an answer's place finds the answer's header fields among those that are to be sent, as in Caddy.
If it answers nothing, the first answer is sent after all, so its body is kept until then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import HandlerError
from .exchange import Endpoint, Exchange
from .headers import HeaderList
from .response_head import ResponsePredicate
from .writer import Writer, WriterWrapper

_KEPT = 16 * 1024 * 1024
"""Bytes of an answer that are kept. What is replaced is an error page or nothing at all; more is a mistake."""


@dataclass(frozen=True, slots=True)
class Responder:
    """For answers that match, or for all: another status, or else an endpoint that answers in their place."""

    match: ResponsePredicate | None = None
    status: Callable[[Exchange], int] | None = None
    endpoint: Endpoint | None = None

    def takes(self, status: int, headers: HeaderList) -> bool:
        """Whether it is for an answer with this head."""
        return self.match is None or self.match(status, headers)


@dataclass(slots=True)
class _Taken:
    """An answer that an endpoint is to replace."""

    endpoint: Endpoint
    status: int
    headers: HeaderList
    length: int | None
    body: bytearray


class InterceptingWriter(WriterWrapper):
    """Looks at the answer's head, and passes the answer on or keeps it; `settle` has to follow."""

    __slots__ = ("_exchange", "_responders", "_taken")

    def __init__(self, exchange: Exchange, responders: Sequence[Responder]) -> None:
        super().__init__(exchange.writer)
        self._exchange = exchange
        self._responders = responders
        self._taken: _Taken | None = None

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`; the first responder that takes the answer decides."""
        whole = self._exchange.response_headers + headers
        for one in self._responders:
            if not one.takes(status, whole):
                continue
            self._exchange.values |= {"http.intercept.status_code": status, "http.intercept.header": whole}
            if one.status is not None:
                status = one.status(self._exchange)
            elif one.endpoint is not None:
                self._taken = _Taken(one.endpoint, status, whole, length, bytearray())
                return
            break
        await self.inner.start(status, headers, length)

    async def write(self, data: bytes) -> None:
        """See `Writer.write`; HandlerError if more would have to be kept than is sensible."""
        if self._taken is None:
            return await self.inner.write(data)
        if len(self._taken.body) + len(data) > _KEPT:
            raise HandlerError(502, "answer is too large to be replaced")
        self._taken.body += data
        return None

    async def flush(self) -> None:
        """See `Writer.flush`."""
        if self._taken is None:
            await self.inner.flush()

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """See `Writer.finish`."""
        if self._taken is None:
            await self.inner.finish(trailers)

    async def settle(self) -> None:
        """Have the endpoint answer in the place of what was taken, if anything was."""
        taken, exchange = self._taken, self._exchange
        if taken is None:
            return
        watcher = _StartWatcher(self.inner)
        exchange.writer = watcher
        exchange.response_headers[:] = taken.headers
        await taken.endpoint(exchange)
        if not watcher.has_started:
            is_head = exchange.original_method == "HEAD"
            await self.inner.start(taken.status, [], taken.length if is_head else len(taken.body))
            await self.inner.write(bytes(taken.body))
            await self.inner.finish()


class _StartWatcher(WriterWrapper):
    """Knows whether an answer has started."""

    __slots__ = ("has_started",)

    def __init__(self, inner: Writer) -> None:
        super().__init__(inner)
        self.has_started = False

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        self.has_started = True
        await self.inner.start(status, headers, length)
