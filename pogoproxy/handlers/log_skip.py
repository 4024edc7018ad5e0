"""`log_skip [<matcher>]`: keeps requests out of the access log. `skip_log` is its old name."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .vars import Vars


def syntax(cursor: Cursor, adaptation: Adaptation) -> Vars:
    """It has no arguments."""
    if cursor.name == "skip_log":
        adaptation.warn("the 'skip_log' directive is deprecated, please use 'log_skip' instead!")
    cursor.finish()
    if cursor.take_block():
        raise cursor.error("log_skip directive does not accept blocks")
    return Vars(entries={"log_skip": True})


DIRECTIVE = handler("log_skip", syntax)
DEPRECATED = handler("skip_log", syntax)
