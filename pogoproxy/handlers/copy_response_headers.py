"""`copy_response_headers [<matcher>] { include <fields...>; exclude <fields...> }`: the upstream's header fields.

For the routes of a `handle_response`, before what writes the answer.
"""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, any_texts, read_block
from ..module import Handler

ROWS = {"include": Row("include", any_texts, adds=True), "exclude": Row("exclude", any_texts, adds=True)}


class CopyResponseHeaders(Handler, frozen=True, tag="copy_response_headers"):
    """Copies all fields, or those of `include`, or those that are not in `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


def syntax(cursor: Cursor, adaptation: Adaptation) -> CopyResponseHeaders:
    """The lists of the block."""
    cursor.finish()
    return CopyResponseHeaders(**read_block(cursor, ROWS, unknown="unrecognized subdirective '{}'"))


DIRECTIVE = handler("copy_response_headers", syntax)
