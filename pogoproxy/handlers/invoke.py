"""`invoke [<matcher>] <route>`: runs a named route."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..module import Handler


class Invoke(Handler, frozen=True, tag="invoke"):
    """The route's name in the server's `named_routes`."""

    name: str = ""


def syntax(cursor: Cursor, adaptation: Adaptation) -> Invoke:
    """The name is remembered, so that the server gets the route."""
    name = cursor.only()
    cursor.finish_line()
    adaptation.shared.invoked.add(name)
    return Invoke(name=name)


DIRECTIVE = handler("invoke", syntax)
