"""`invoke [<matcher>] <route>`: runs a named route."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..http.exchange import Middleware
from ..http.route import NamedRoutes
from ..module import Context, Handler


class Invoke(Handler, frozen=True, tag="invoke"):
    """The route's name in the server's `named_routes`."""

    name: str = ""

    def provision(self, context: Context) -> Middleware:
        """That route; ConfigError if the server has none of that name."""
        if NamedRoutes not in context.services:
            raise ConfigError(f"cannot invoke named route '{self.name}', which was not defined")
        return context.service(NamedRoutes).middleware(self.name, context)


def syntax(cursor: Cursor, adaptation: Adaptation) -> Invoke:
    """The name is remembered, so that the server gets the route."""
    name = cursor.only()
    cursor.finish_line()
    adaptation.shared.invoked.setdefault(name, adaptation.origin)
    return Invoke(name=name)


DIRECTIVE = handler("invoke", syntax)
