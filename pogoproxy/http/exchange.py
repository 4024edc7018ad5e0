"""One request and its answer, as handlers and middleware see them.

Requests flow down a chain of endpoints, the answer flows up through the chain of writers. A middleware is
compiled once with the endpoint that follows it; a request then costs calls, and no look-up of a chain.

Fronts fill an `Exchange` and hand it to an endpoint: the HTTP/1 server does, HTTP/2 will, and tests do without
a socket. No handler knows which front it was.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from urllib.parse import unquote

from ..errors import HandlerError

HeaderList = list[tuple[bytes, bytes]]
"""Headers in the order of the wire; names in the case they came in, compared without case."""


Fields = Sequence[tuple[bytes, bytes]]
"""Headers that nobody changes."""


class Body(Protocol):
    """The request's body, read once. Reading pulls: what is not read is not taken from the client."""

    length: int | None
    """Bytes in all: 0 where there is no body, None where only its end will tell (chunked)."""

    @property
    def trailers(self) -> Fields:
        """Fields behind the body, once it was read to its end; those of HTTP/1 are dropped."""

    @property
    def received(self) -> int:
        """Bytes that were read."""

    def at_hand(self) -> bytes:
        """What has arrived already and was not read, without waiting; perhaps nothing."""

    async def read(self) -> bytes:
        """The next piece as it came; `b""` at the end. HandlerError (400, 408, 413) or ClientGone if it breaks off."""


class Stream(Protocol):
    """A connection as raw bytes, after the protocol was switched (RFC 9110 section 7.8)."""

    async def read(self) -> bytes:
        """The next bytes as they arrive; `b""` when the peer will send no more."""

    async def write(self, data: bytes) -> None:
        """Send, and wait until more may be given; ConnectionError when the peer is gone."""

    def write_eof(self) -> None:
        """Say that no more will be sent; the other direction stays open."""

    def close(self) -> None:
        """Close both directions; may be called twice."""


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


class Upstream(Protocol):
    """What placeholders tell of the upstream that a proxy has chosen."""

    def placeholder(self, field: str) -> object:
        """`{http.reverse_proxy.upstream.<field>}`; None if there is no such."""


class Received(Protocol):
    """An upstream's answer whose head has come, and whose body waits to be read."""

    status: int
    headers: HeaderList
    length: int | None
    trailers: HeaderList
    began: float
    """When the proxy began to ask for it, its first try at that; as what follows on the monotonic clock."""
    asked: float
    came: float
    """When its head came."""
    is_http2: bool

    async def read(self) -> bytes:
        """The next piece of the body, `b""` at its end."""

    def is_waiting(self) -> bool:
        """Whether nothing of the body can be read without waiting, though more is to come."""

    def whole(self) -> bytes | None:
        """Take the body, if all of it is there, and is as long as the head says."""


class TlsSession(Protocol):
    """What was agreed on in the handshake of the connection that a request came on."""

    @property
    def server_name(self) -> str:
        """The name that the client asked for, in lower case; empty if it named none."""

    @property
    def alpn(self) -> str:
        """The protocol that was agreed on (`h2`, `http/1.1`), or nothing."""

    def get(self, field: str) -> object:
        """`{http.request.tls.<field>}`; None if there is no such."""


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


class BytesBody:
    """A body that is in memory already; `BytesBody()` is the absent one."""

    __slots__ = ("_data", "length", "received")

    trailers: Fields = ()

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self.length: int | None = len(data)
        self.received = 0

    def at_hand(self) -> bytes:
        """All of it at once, then `b""`."""
        data, self._data = self._data, b""
        self.received += len(data)
        return data

    async def read(self) -> bytes:
        """All of it at once, then `b""`."""
        return self.at_hand()


class Exchange:
    """One request on its way down and the writer for its answer.

    `vars` are Caddy's request variables (`{http.vars.*}`); `values` are placeholders that handlers and matchers
    have set for this request, by full name (`http.regexp.name.1`, `http.error.status_code`).
    """

    __slots__ = (
        "as_received",
        "body",
        "client_ip",
        "error",
        "failure",
        "groups",
        "handler",
        "headers",
        "host",
        "local",
        "log_fields",
        "method",
        "original_method",
        "path",
        "query",
        "raw_path",
        "received",
        "remote",
        "response_headers",
        "scheme",
        "started",
        "target",
        "tls",
        "trusted",
        "upstream",
        "values",
        "vars",
        "version",
        "writer",
    )

    def __init__(  # noqa: PLR0917 - of keywords, a call makes a dictionary first
        self,
        method: str,
        target: str,
        headers: HeaderList,
        body: Body,
        writer: Writer,
        response_headers: HeaderList | None = None,
        host: str = "",
        scheme: str = "http",
        version: tuple[int, int] = (1, 1),
        remote: tuple[str, int] = ("", 0),
        local: tuple[str, int] = ("", 0),
        tls: TlsSession | None = None,
    ) -> None:
        self.method = self.original_method = method
        self.target = target
        """The request target in origin form as it came: the original of all rewriting, and what the log shows."""
        self.set_uri(target)
        self.headers = headers
        """The request's headers; handlers may change the list, which is the upstream's view."""
        self.response_headers: HeaderList = [] if response_headers is None else response_headers
        """What handlers add to the answer before it starts, put in front of the answer's own. Change it in place."""
        self.body = body
        self.writer = writer
        self.host = host
        """The Host header or authority as it came, with its port."""
        self.scheme = scheme
        self.version = version
        self.remote = remote
        """The peer's address and port; `("@", 0)` over a Unix socket, as in Caddy."""
        self.local = local
        self.client_ip = remote[0]
        """`remote[0]`, or what trusted proxies in front of us say."""
        self.trusted = False
        """Whether the peer is a trusted proxy."""
        self.tls = tls
        self.vars: dict[str, object] = {}
        self.values: dict[str, object] = {}
        self.log_fields: dict[str, Callable[[Exchange], object]] = {}
        """What the access log says beside its own fields, worked out when the exchange is over."""
        self.groups: set[str] | None = None
        """The route groups of which one route has run."""
        self.error: HandlerError | None = None
        """What error routes answer for."""
        self.failure: HandlerError | None = None
        """What nobody has answered for, so that the front did."""
        self.handler = ""
        """The first handler of the server's route that took it first, for the counters; if there are any."""
        self.as_received: tuple[str, HeaderList] | None = None
        """Host and headers as they came, once a handler has changed them."""
        self.upstream: Upstream | None = None
        """Who answers, once a proxy has chosen."""
        self.received: Received | None = None
        """The upstream's answer, once it has come; its body is for one reader."""
        self.started = time.monotonic()

    def set_uri(self, uri: str) -> None:
        """Take path and query from a URI in origin form, percent-encoded."""
        raw_path, _, self.query = uri.partition("?")
        self.raw_path = raw_path
        """The path as it is sent upstream, percent-encoded; assign it by `set_uri` or `set_path`."""
        self.path = unquote(raw_path, errors="surrogateescape") if "%" in raw_path else raw_path
        """The path percent-decoded, which is what matchers compare."""

    def remember_received(self) -> None:
        """Keep host and headers for the log; whoever is about to change them calls this."""
        if self.as_received is None:
            self.as_received = self.host, self.headers.copy()

    @property
    def uri(self) -> str:
        """Path and query as they are now, percent-encoded."""
        return f"{self.raw_path}?{self.query}" if self.query else self.raw_path


Endpoint = Callable[[Exchange], Awaitable[None]]
Middleware = Callable[[Endpoint], Endpoint]
Predicate = Callable[[Exchange], bool]


def first(step: Callable[[Exchange], None]) -> Middleware:
    """A middleware that does one thing to the exchange and goes on."""

    def middleware(following: Endpoint) -> Endpoint:
        def endpoint(exchange: Exchange) -> Awaitable[None]:
            step(exchange)
            return following(exchange)

        return endpoint

    return middleware
