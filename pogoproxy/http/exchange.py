"""One request and its answer, as handlers and middleware see them.

Requests flow down a chain of endpoints, the answer flows up through the chain of writers. A middleware is
compiled once with the endpoint that follows it; a request then costs calls, and no look-up of a chain.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

HeaderList = list[tuple[bytes, bytes]]
"""Headers in the order of the wire; names in the case they came in, compared without case."""


class Body(Protocol):
    """The request's body, read once. Reading pulls: what is not read is not taken from the client."""

    async def read(self) -> bytes:
        """The next piece, at most 64 KiB; `b""` at the end. HandlerError (400, 413) or ClientGone if it breaks off."""


class Writer(Protocol):
    """Where the answer goes. Middleware that changes answers replaces `Exchange.writer` by one that wraps it.

    Order of calls: any number of `inform`, one `start`, any number of `write`, one `finish`. Each returns when
    the client may be given more (back-pressure), and raises ClientGone when it has left.
    """

    async def inform(self, status: int, headers: HeaderList) -> None:
        """Send a 1xx answer (RFC 9110 section 15.2) ahead of the final one."""

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """Begin the final answer. `length` is the body's length in bytes where it is known.

        The front may hold the head back until the first `write` or `finish`, so that both go out in one packet.
        """

    async def write(self, data: bytes) -> None:
        """Send a piece of the body."""

    async def flush(self) -> None:
        """Push out whatever a writer on the way holds back (an encoder, the head)."""

    async def finish(self) -> None:
        """End the answer. Never called for an answer that broke off: the connection is then cut instead."""


class Exchange(Protocol):
    """The contract between fronts and handlers; `server` implements it over aiohttp."""

    method: str
    target: str
    """The request target as it came, for the log; handlers look at `path` and `query`."""
    path: str
    """The path, percent-decoded; rewriting handlers assign it together with `raw_path`."""
    raw_path: str
    query: str
    scheme: str
    host: str
    """The Host header or authority as it came, with its port."""
    version: tuple[int, int]
    headers: HeaderList
    """The request's headers; handlers may change the list, which is the upstream's view."""
    response_headers: HeaderList
    """What handlers add to the answer before it starts; the front puts them in front of the answer's own."""
    remote: tuple[str, int]
    body: Body
    writer: Writer
    vars: dict[str, object]


Endpoint = Callable[[Exchange], Awaitable[None]]
Middleware = Callable[[Endpoint], Endpoint]
Predicate = Callable[[Exchange], bool]
