"""`copy_response [<matcher>] [<status>] { status <status> }`: the upstream's answer after all.

For the routes of a `handle_response`.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import status
from ..adapt.weak import WeakString, integer, weak
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_block
from ..errors import HandlerError
from ..http.exchange import Exchange, Middleware
from ..module import Context, Handler
from ..upstream.relay import relay
from .respond import status_template

ROWS = {"status": Row("status_code", status)}


class CopyResponse(Handler, frozen=True, tag="copy_response"):
    """Writes the upstream's answer, with another status if one is given."""

    status_code: WeakString = ""

    def provision(self, context: Context) -> Middleware:
        """The upstream's answer; HandlerError where there is none."""
        status = None if self.status_code == "" else status_template(self.status_code)

        async def copy(exchange: Exchange) -> None:
            if exchange.received is None:
                raise HandlerError(500, "copy_response is of use in the routes of a handle_response only")
            await relay(exchange, exchange.received, None if status is None else status(exchange))

        return lambda _: copy


def syntax(cursor: Cursor, adaptation: Adaptation) -> CopyResponse:
    """The status, on the line or in the block."""
    word = cursor.maybe()
    cursor.finish()
    if word and _is_number(word.text):
        cursor.finish_line()
        return CopyResponse(status_code=weak(word.text))
    if word:
        adaptation.warn(f"'{word.text}' is no number, so it has no effect; write `status` in a block", word.span)
    return CopyResponse(**read_block(cursor, ROWS, unknown="unrecognized subdirective '{}'"))


def _is_number(text: str) -> bool:
    try:
        return integer(text) > 0
    except ValueError:
        return False


DIRECTIVE = handler("copy_response", syntax)
