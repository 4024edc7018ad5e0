"""`method [<matcher>] <method>`: another method for the handlers."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .rewrite import Rewrite


def syntax(cursor: Cursor, adaptation: Adaptation) -> Rewrite:
    """The method."""
    method = cursor.only()
    cursor.finish_line()
    return Rewrite(method=method)


DIRECTIVE = handler("method", syntax)
