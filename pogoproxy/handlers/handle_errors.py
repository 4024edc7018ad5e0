"""`handle_errors [<codes...>] { <directives...> }`: answers to failed requests; `404` is a code, `4xx` a class."""

from __future__ import annotations

from dataclasses import dataclass

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..matchers.error_status import expression_of
from ..route import Route
from .subroute import Subroute


@dataclass(frozen=True, slots=True)
class ErrorBlock:
    """A route of the site's error routes."""

    route: Route


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[ErrorBlock]:
    """One route, for all errors or those of the codes."""
    expression = expression_of(cursor.words())
    match = ({"expression": plain(expression)},) if expression else ()
    return [ErrorBlock(adaptation.route(match, Subroute(routes=adaptation.subroute(cursor))))]


DIRECTIVE = Directive("handle_errors", syntax)
