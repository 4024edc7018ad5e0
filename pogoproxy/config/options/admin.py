"""`admin off | <address> { enforce_origin; origins <origins...> }` and `persist_config off`."""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import any_texts, flag, read_block, rows
from ..root import Admin

DEFAULT_LISTEN = "localhost:2019"
ROWS = rows(enforce_origin=flag, origins=any_texts)


def _admin(cursor: Cursor, adaptation: Adaptation) -> Admin:
    address = cursor.maybe()
    if address and address.text == "off":
        if cursor.remaining or cursor.segment.block is not None:
            raise cursor.error("No more option is allowed after turning off admin config")
        return Admin(disabled=True)
    cursor.finish()
    fields = read_block(cursor, ROWS, unknown="unrecognized parameter '{}'")
    return Admin(listen=(address.text if address else "") or DEFAULT_LISTEN, **fields)


def _persist_config(cursor: Cursor, adaptation: Adaptation) -> bool:
    if cursor.only() != "off":
        raise cursor.error("persist_config must be 'off'")
    cursor.finish_line()
    return False


OPTIONS = (Option("admin", _admin), Option("persist_config", _persist_config))
