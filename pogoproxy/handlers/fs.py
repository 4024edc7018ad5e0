"""`fs [<matcher>] <filesystem>`: the file system that files are served from."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .vars import Vars


def syntax(cursor: Cursor, adaptation: Adaptation) -> Vars:
    """Its name."""
    name = cursor.only()
    cursor.finish_line()
    return Vars(entries={"fs": name})


DIRECTIVE = handler("fs", syntax)
