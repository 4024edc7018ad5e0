"""`vars [<matcher>] [<name> <value>] { <name> <value> }`: variables of the request; behind `root` and others, too.

A value that is written as a number or a boolean is one, unless it is quoted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.weak import of_word
from ..caddyfile.cursor import Cursor
from ..http.exchange import Exchange, Middleware, Step
from ..http.placeholders import template
from ..module import Context, OpenHandler


class Vars(OpenHandler, frozen=True, tag="vars"):
    """Sets variables; a later one with the same name wins."""

    def provision(self, context: Context) -> Middleware:
        """Texts may hold placeholders, in names and in values; `{http.vars.*}` are what is set."""
        entries = [(template(name), _value(value)) for name, value in self.entries.items()]

        def step(exchange: Exchange) -> None:
            for name, value in entries:
                exchange.vars[name(exchange)] = value(exchange)

        return Step(step)


def _value(value: Any) -> Callable[[Exchange], object]:
    return template(value) if isinstance(value, str) else lambda _: value


def syntax(cursor: Cursor, adaptation: Adaptation) -> Vars:
    """The variable of the line and those of the block."""
    entries: dict[str, Any] = {}
    if cursor.remaining:
        name = cursor.text()
        entries[name] = of_word(cursor.word())
        cursor.finish()
    for line in cursor.block():
        entries[line.name] = of_word(line.word())
        line.finish_line()
    return Vars(entries=entries)


DIRECTIVE = handler("vars", syntax)
