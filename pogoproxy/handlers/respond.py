"""`respond [<matcher>] <status>|<body> [<status>] { body <text>; close }`: an answer written in the configuration."""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.weak import WeakString, integer, weak
from ..caddyfile.cursor import Cursor
from ..module import Handler


class StaticResponse(Handler, frozen=True, tag="static_response"):
    """The answer of `respond`, `redir` and `abort`; the status is 200 unless a body-less or error answer says more."""

    status_code: WeakString = ""
    headers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    body: str = ""
    close: bool = False
    abort: bool = False


def status_and_text(cursor: Cursor) -> tuple[WeakString, str]:
    """`<status>|<text> [<status>]`: one argument of three digits is a status."""
    first = cursor.text()
    second = cursor.maybe()
    cursor.finish()
    if second is not None:
        return weak(second.text), first
    return (integer(first), "") if is_status(first) else ("", first)


def is_status(text: str) -> bool:
    """Whether the text is a positive integer of three characters."""
    try:
        return len(text.encode()) == 3 and integer(text) > 0
    except ValueError:
        return False


def syntax(cursor: Cursor, adaptation: Adaptation) -> StaticResponse:
    """The status and the body."""
    status, body = status_and_text(cursor)
    fields: dict[str, Any] = {"status_code": status, "body": body}
    for line in cursor.block():
        if line.name not in ("body", "close"):
            raise line.error(f"unrecognized subdirective '{line.name}'")
        if fields.get(line.name):
            raise line.error(f"{line.name} already specified")
        fields[line.name] = line.only() if line.name == "body" else True
        line.finish_line()
    return StaticResponse(**fields)


DIRECTIVE = handler("respond", syntax)
