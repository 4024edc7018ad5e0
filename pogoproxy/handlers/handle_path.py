"""`handle_path <path> { <directives...> }`: a `handle` for a path whose prefix is stripped."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..caddyfile.cursor import Cursor
from ..route import Route
from .rewrite import Rewrite
from .subroute import Subroute


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Route]:
    """A subroute that strips first; the stars at the path's end are no part of what is stripped."""
    path = cursor.text()
    if not path.startswith("/"):
        raise cursor.error(f"path matcher must begin with '/', got {path}")
    prefix = path.removesuffix("/*") if path.endswith("/*") else path.removesuffix("*")
    strip = adaptation.route((), Rewrite(strip_path_prefix=prefix))
    routes = adaptation.subroute(cursor)
    return [adaptation.route(({"path": plain([path])},), Subroute(routes=(strip, *routes)))]


DIRECTIVE = Directive("handle_path", syntax, sorts_as="handle")
