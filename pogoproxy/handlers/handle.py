"""`handle [<matcher>] { <directives...> }`: directives that exclude those of the other `handle` blocks."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .subroute import Subroute


def syntax(cursor: Cursor, adaptation: Adaptation) -> Subroute:
    """The directives of the block, sorted."""
    return Subroute(routes=adaptation.subroute(cursor))


DIRECTIVE = handler("handle", syntax)
