"""`abort [<matcher>]`: closes the connection without an answer."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .respond import StaticResponse


def syntax(cursor: Cursor, adaptation: Adaptation) -> StaticResponse:
    """It has no arguments."""
    cursor.finish_line()
    return StaticResponse(abort=True)


DIRECTIVE = handler("abort", syntax)
