"""Where an answer is written to: the front, and on the way to it the middleware that changes answers."""

from __future__ import annotations

from typing import Protocol

from .headers import HeaderList
from .stream import Stream


class Writer(Protocol):
    """Where the answer goes. Middleware that changes answers replaces `Exchange.writer` by a `WriterWrapper`.

    Order of calls: any number of `inform`, one `start`, any number of `write`, one `finish`; or, in the place of
    these three, one `respond`; or one `switch`.
    Each returns when the client may be given more (back-pressure), and raises ClientGone when it has left.
    """

    async def inform(self, status: int, headers: HeaderList) -> None:
        """Send a 1xx answer (RFC 9110 section 15.2) ahead of the final one."""

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """Begin the final answer. `length` is the body's length in bytes where it is known.

        The framing (Content-Length, Transfer-Encoding, Connection) is the front's; `headers` hold none of it, but
        may say `Connection: close` to end the connection with this answer.
        The front may hold the head back until the first `write`, `flush` or `finish`, so that one packet does.
        """

    async def write(self, data: bytes) -> None:
        """Send a piece of the body."""

    async def flush(self) -> None:
        """Push out whatever a writer on the way holds back (an encoder, the head)."""

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """End the answer. Never called for an answer that broke off: the connection is then cut instead."""

    async def respond(self, status: int, headers: HeaderList, body: bytes) -> None:
        """`start`, `write` and `finish` in one call, for an answer that is there as a whole."""

    async def switch(self, headers: HeaderList) -> Stream:
        """Answer 101 with these headers and hand over the connection."""


class RespondsInSteps:
    """Mixed into a `Writer` to which a whole answer is nothing special."""

    __slots__ = ()

    async def respond(self: Writer, status: int, headers: HeaderList, body: bytes) -> None:
        """See `Writer.respond`."""
        await self.start(status, headers, len(body))
        await self.write(body)
        await self.finish()


class WriterWrapper(RespondsInSteps):
    """A writer that passes everything on; the base for those that change one thing."""

    __slots__ = ("inner",)

    def __init__(self, inner: Writer) -> None:
        self.inner = inner

    async def inform(self, status: int, headers: HeaderList) -> None:
        """See `Writer.inform`."""
        await self.inner.inform(status, headers)

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """See `Writer.start`."""
        await self.inner.start(status, headers, length)

    async def write(self, data: bytes) -> None:
        """See `Writer.write`."""
        await self.inner.write(data)

    async def flush(self) -> None:
        """See `Writer.flush`."""
        await self.inner.flush()

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """See `Writer.finish`."""
        await self.inner.finish(trailers)

    async def switch(self, headers: HeaderList) -> Stream:
        """See `Writer.switch`."""
        return await self.inner.switch(headers)
