"""`request_header [<matcher>] [+|-]<field> [<value>|<search> [<replacement>]]`: a change of the request's header."""

from __future__ import annotations

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from .headers import Headers, Operations, field_name


def syntax(cursor: Cursor, adaptation: Adaptation) -> Headers:
    """One operation."""
    operations = Operations()
    operations.read(cursor, field_name(cursor.text()), is_response=False)
    cursor.finish_line()
    return Headers(request=operations.request())


DIRECTIVE = handler("request_header", syntax)
