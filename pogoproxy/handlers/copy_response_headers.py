"""`copy_response_headers [<matcher>] { include <fields...>; exclude <fields...> }`: the upstream's header fields.

For the routes of a `handle_response`, before what writes the answer.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, any_texts, read_block
from ..errors import ConfigError, HandlerError
from ..http.exchange import Exchange, Middleware, Step
from ..http.headers import remove
from ..module import Context, Handler

ROWS = {"include": Row("include", any_texts, adds=True), "exclude": Row("exclude", any_texts, adds=True)}


class CopyResponseHeaders(Handler, frozen=True, tag="copy_response_headers"):
    """Copies all fields, or those of `include`, or those that are not in `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def provision(self, context: Context) -> Middleware:
        """Copies, then what follows; ConfigError for both lists at once."""
        if self.include and self.exclude:
            raise ConfigError("copy_response_headers takes either include or exclude")
        included, excluded = _lowered(self.include), _lowered(self.exclude)

        def copy(exchange: Exchange) -> None:
            if exchange.received is None:
                raise HandlerError(500, "copy_response_headers is of use in the routes of a handle_response only")
            found = [
                pair
                for pair in exchange.received.headers
                if pair[0].lower() not in excluded and (not included or pair[0].lower() in included)
            ]
            remove(exchange.response_headers, {name.lower() for name, _ in found})
            exchange.response_headers += found

        return Step(copy)


def _lowered(names: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(name.lower().encode() for name in names)


def syntax(cursor: Cursor, adaptation: Adaptation) -> CopyResponseHeaders:
    """The lists of the block."""
    cursor.finish()
    return CopyResponseHeaders(**read_block(cursor, ROWS, unknown="unrecognized subdirective '{}'"))


DIRECTIVE = handler("copy_response_headers", syntax)
