"""`intercept [<matcher>] { @name …; replace_status [@name] <code>; handle_response [@name] { … } }`.

Answers of what follows, looked at before the client sees them: an error page for all of an application's errors, or
a file that it names in X-Accel-Redirect.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..http.exchange import Endpoint, Exchange, Middleware
from ..http.interception import InterceptingWriter
from ..http.route import answer_nothing
from ..module import Context, Handler
from .response_handler import ResponseHandler, compiled, read_response_handlers


class Intercept(Handler, frozen=True, tag="intercept"):
    """The first handler that matches an answer takes its place."""

    handle_response: tuple[ResponseHandler, ...] = ()

    def provision(self, context: Context) -> Middleware:
        """The handlers around what follows."""
        responders = compiled(self.handle_response, context)(answer_nothing)

        def middleware(following: Endpoint) -> Endpoint:
            async def endpoint(exchange: Exchange) -> None:
                writer = InterceptingWriter(exchange, responders)
                exchange.writer = writer
                await following(exchange)
                await writer.settle()

            return endpoint

        return middleware


def syntax(cursor: Cursor, adaptation: Adaptation) -> Intercept:
    """The handlers of the block."""
    adaptation.ignore_rest(cursor)
    return Intercept(handle_response=read_response_handlers(cursor.block(), adaptation))


DIRECTIVE = handler("intercept", syntax)
