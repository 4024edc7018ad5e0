"""`request_body [<matcher>] { max_size <size>; set <text> }`: limits or replaces the request's body."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import read_block, rows, size, text
from ..module import Handler


class RequestBody(Handler, frozen=True, tag="request_body"):
    """`max_size` in bytes, 0 is any; a longer body is answered by 413."""

    max_size: int = 0
    set: str = ""


ROWS = rows(max_size=size, set=text)


def syntax(cursor: Cursor, adaptation: Adaptation) -> RequestBody:
    """The limits."""
    adaptation.ignore_rest(cursor)
    return RequestBody(**read_block(cursor, ROWS, unknown="unrecognized request_body subdirective '{}'"))


DIRECTIVE = handler("request_body", syntax)
