"""`route [<matcher>] { <directives...> }`: directives in the order in which they are written."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .subroute import Subroute


def syntax(cursor: Cursor, adaptation: Adaptation) -> Subroute:
    """The directives of the block as they stand."""
    return Subroute(routes=adaptation.subroute(cursor, is_sorted=False))


DIRECTIVE = handler("route", syntax)
