"""`error [<matcher>] <status>|<message> [<status>] { message <text> }`: makes the request fail."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.weak import WeakString
from ..caddyfile.cursor import Cursor
from ..errors import HandlerError
from ..http.exchange import Exchange, Middleware
from ..http.placeholders import template
from ..module import Context, Handler
from .respond import status_and_text, status_template


class StaticError(Handler, frozen=True, tag="error"):
    """The failure; its status is 500 unless it says another."""

    error: str = ""
    status_code: WeakString = ""

    def provision(self, context: Context) -> Middleware:
        """The failure; what follows never runs."""
        message = template(self.error)
        status = status_template(self.status_code) if self.status_code != "" else lambda _: 500

        async def fail(exchange: Exchange) -> None:
            raise HandlerError(status(exchange), message(exchange))

        return lambda _: fail


def syntax(cursor: Cursor, adaptation: Adaptation) -> StaticError:
    """The status and the message."""
    status, message = status_and_text(cursor)
    for line in cursor.block():
        if line.name != "message":
            raise line.error(f"unrecognized subdirective '{line.name}'")
        if message:
            raise line.error("message already specified")
        message = line.only()
        line.finish_line()
    return StaticError(error=message, status_code=status)


DIRECTIVE = handler("error", syntax)
