"""`log_name [<matcher>] <names...>`: the access logs that requests go to."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .vars import Vars


def syntax(cursor: Cursor, adaptation: Adaptation) -> Vars:
    """The names."""
    names = cursor.texts()
    cursor.finish_line()
    return Vars(entries={"access_logger_names": list(names) or None})


DIRECTIVE = handler("log_name", syntax)
