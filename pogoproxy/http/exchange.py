"""One request and its answer, as handlers and middleware see them.

Requests flow down a chain of endpoints, the answer flows up through the chain of writers. A middleware is
compiled once with the endpoint that follows it; a request then costs calls, and no look-up of a chain.

Fronts fill an `Exchange` and hand it to an endpoint: HTTP/1 and HTTP/2 do, and tests do without
a socket. No handler knows which front it was.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol
from urllib.parse import unquote

from ..errors import HandlerError
from .body import Body
from .headers import HeaderList
from .writer import Writer


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
        "memory",
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
        self.memory: dict[object, HeaderList] | None = None
        """What was made of equal heads a moment ago, by all that it was made of; None where there is no telling."""
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


def any_of(predicates: Sequence[Predicate]) -> Predicate:
    """Whether one of them at least holds."""
    if len(predicates) == 1:
        return predicates[0]

    def predicate(exchange: Exchange) -> bool:
        for holds in predicates:  # noqa: SIM110 - `any` needs a generator, which costs more than most predicates
            if holds(exchange):
                return True
        return False

    return predicate


def all_of(predicates: Sequence[Predicate]) -> Predicate:
    """Whether all of them hold."""
    if len(predicates) == 1:
        return predicates[0]

    def predicate(exchange: Exchange) -> bool:
        for holds in predicates:  # noqa: SIM110
            if not holds(exchange):
                return False
        return True

    return predicate


Action = Callable[[Exchange], None]
"""One thing that is done to an exchange, without waiting."""


class Step:
    """A middleware that does something to the exchange and goes on. Steps in a row cost one frame for all of them."""

    __slots__ = ("actions",)

    def __init__(self, *actions: Action) -> None:
        self.actions = actions

    def then(self, other: Step) -> Step:
        """Both, one after the other."""
        return Step(*self.actions, *other.actions)

    def run(self) -> Action:
        """All of it as one action."""
        actions = self.actions
        if len(actions) == 1:
            return actions[0]

        def run(exchange: Exchange) -> None:
            for act in actions:
                act(exchange)

        return run

    def __call__(self, following: Endpoint) -> Endpoint:
        """The middleware."""
        actions = self.actions

        def endpoint(exchange: Exchange) -> Awaitable[None]:
            for act in actions:
                act(exchange)
            return following(exchange)

        return endpoint
