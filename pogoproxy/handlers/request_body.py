"""`request_body [<matcher>] { max_size <size>; set <text> }`: limits or replaces the request's body."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import read_block, rows, size, text
from ..errors import HandlerError
from ..http.body import BytesBody
from ..http.buffered import LimitedBody
from ..http.exchange import Exchange, Middleware, Step
from ..http.placeholders import template
from ..module import Context, Handler


class RequestBody(Handler, frozen=True, tag="request_body"):
    """`max_size` in bytes, 0 is any; a longer body is answered by 413."""

    max_size: int = 0
    set: str = ""

    def provision(self, context: Context) -> Middleware:
        """A length that is too much is refused before anything is read of it; a body without one while it is read."""
        fill = template(self.set) if self.set else None

        def step(exchange: Exchange) -> None:
            if fill is not None:
                exchange.body = BytesBody(fill(exchange).encode(errors="surrogateescape"))
            if self.max_size > 0:
                if exchange.body.length is not None and exchange.body.length > self.max_size:
                    raise HandlerError(413, "request body too large")
                exchange.body = LimitedBody(exchange.body, self.max_size)

        return Step(step)


ROWS = rows(max_size=size, set=text)


def syntax(cursor: Cursor, adaptation: Adaptation) -> RequestBody:
    """The limits."""
    adaptation.ignore_rest(cursor)
    return RequestBody(**read_block(cursor, ROWS, unknown="unrecognized request_body subdirective '{}'"))


DIRECTIVE = handler("request_body", syntax)
