"""`order <directive> first|last|before <other>|after <other>`: where a directive stands in the order."""

from __future__ import annotations

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...caddyfile.cursor import Cursor
from ...caddyfile.suggest import did_you_mean


def _order(cursor: Cursor, adaptation: Adaptation) -> None:
    shared = adaptation.shared
    word = cursor.word()
    if word.text not in shared.directives:
        hint = did_you_mean(word.text, shared.directives)
        raise word.error(f"{word.text} is not a registered directive", hint=hint)
    order = [name for name in shared.order if name != word.text]
    order.insert(_position(cursor, order), word.text)
    shared.order[:] = order


def _position(cursor: Cursor, order: list[str]) -> int:
    where = cursor.word()
    if where.text not in ("first", "last", "before", "after"):
        raise where.error(f"unknown positional '{where.text}'")
    if where.text in ("first", "last"):
        cursor.finish_line()
        return 0 if where.text == "first" else len(order)
    other = cursor.word()
    cursor.finish_line()
    if other.text not in order:
        raise other.error(f"directive '{other.text}' not found", hint=did_you_mean(other.text, order))
    return order.index(other.text) + (where.text == "after")


OPTIONS = (Option("order", _order),)
