"""`copy_response [<matcher>] [<status>] { status <status> }`: the upstream's answer after all.

For the routes of a `handle_response`.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.readers import status
from ..adapt.weak import WeakString, weak
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, read_block
from ..module import Handler

ROWS = {"status": Row("status_code", status)}


class CopyResponse(Handler, frozen=True, tag="copy_response"):
    """Writes the upstream's answer, with another status if one is given."""

    status_code: WeakString = ""


def syntax(cursor: Cursor, adaptation: Adaptation) -> CopyResponse:
    """The status, on the line or in the block."""
    word = cursor.maybe()
    cursor.finish()
    given = {"status_code": weak(word.text)} if word else {}
    return CopyResponse(**read_block(cursor, ROWS, given=given, unknown="unrecognized subdirective '{}'"))


DIRECTIVE = handler("copy_response", syntax)
