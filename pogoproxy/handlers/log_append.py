"""`log_append [<matcher>] [<]<key> <value>`: a field of the access log; with `<` it is taken before handlers run."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..module import Handler


class LogAppend(Handler, frozen=True, tag="log_append"):
    """A field; the value may be the name of a variable."""

    key: str = ""
    value: str = ""
    early: bool = False


def syntax(cursor: Cursor, adaptation: Adaptation) -> LogAppend:
    """The key and the value."""
    key = cursor.text()
    value = cursor.text()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    early = key.startswith("<") and len(key) > 1
    return LogAppend(key=key[1:] if early else key, value=value, early=early)


DIRECTIVE = handler("log_append", syntax)
