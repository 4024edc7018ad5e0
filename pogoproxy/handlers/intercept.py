"""`intercept [<matcher>] { @name …; replace_status [@name] <code>; handle_response [@name] { … } }`.

Answers of what follows, looked at before the client sees them: an error page for all of an application's errors, or
a file that it names in X-Accel-Redirect.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..http.exchange import Endpoint, Exchange, Middleware
from ..http.interception import InterceptingWriter, Interceptor
from ..http.route import answer_nothing, compile_routes
from ..module import Context, Handler
from .respond import status_template
from .response_handler import ResponseHandler, read_response_handlers


class Intercept(Handler, frozen=True, tag="intercept"):
    """The first handler that matches an answer takes its place."""

    handle_response: tuple[ResponseHandler, ...] = ()

    def provision(self, context: Context) -> Middleware:
        """The handlers around what follows."""
        interceptors = [_interceptor(one, context, number) for number, one in enumerate(self.handle_response)]

        def middleware(following: Endpoint) -> Endpoint:
            async def endpoint(exchange: Exchange) -> None:
                writer = InterceptingWriter(exchange, interceptors)
                exchange.writer = writer
                await following(exchange)
                await writer.settle()

            return endpoint

        return middleware


def _interceptor(config: ResponseHandler, context: Context, number: int) -> Interceptor:
    match = None if config.match is None else config.match.compiled()
    if config.status_code != "":
        return Interceptor(match, status=status_template(config.status_code))
    routes = compile_routes(config.routes, context, f"handle_response[{number}].routes")
    return Interceptor(match, endpoint=routes(answer_nothing))


def syntax(cursor: Cursor, adaptation: Adaptation) -> Intercept:
    """The handlers of the block."""
    adaptation.ignore_rest(cursor)
    return Intercept(handle_response=read_response_handlers(cursor.block(), adaptation))


DIRECTIVE = handler("intercept", syntax)
