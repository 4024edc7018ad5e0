"""`root [<matcher>] <path>`: the folder that files are served from."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor
from ..route import Route
from .vars import Vars


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Route]:
    """The only argument is the path, even where it looks like a matcher."""
    if not cursor.remaining:
        raise cursor.error("too few arguments; must have at least a root path")
    if cursor.remaining > 2:
        raise cursor.error("too many arguments; should only be a matcher and a path")
    match = adaptation.take_matcher(cursor) if cursor.remaining == 2 else None
    path = cursor.text()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    if not match:
        adaptation.block["root"] = path
    return [adaptation.route(match or (), Vars(entries={"root": path}))]


DIRECTIVE = Directive("root", syntax)
