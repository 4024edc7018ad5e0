"""`map [<matcher>] <source> <destinations...> { [~]<input> <outputs...>; default <defaults...> }`.

Sets the destinations to the outputs of the first input that equals the source, or that matches it as a regular
expression (`~`). An output `-`, or one that is missing, falls back to the default.
"""

from __future__ import annotations

from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.placeholders import shorthand_of
from ..adapt.weak import of_word
from ..caddyfile.cursor import Cursor
from ..module import Handler


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One input and its outputs."""

    input: str = ""
    input_regexp: str = ""
    outputs: tuple[Any, ...] = ()


class Map(Handler, frozen=True, tag="map"):
    """Variables that depend on a value."""

    source: str = ""
    destinations: tuple[str, ...] = ()
    mappings: tuple[Mapping, ...] = ()
    defaults: tuple[str, ...] = ()


def syntax(cursor: Cursor, adaptation: Adaptation) -> Map:
    """The source, the destinations and the mappings."""
    source = cursor.text()
    destinations = cursor.texts()
    if not destinations:
        raise cursor.error("missing destination argument(s)")
    for destination in destinations:
        if shorthand := shorthand_of(destination):
            raise cursor.error(f"destination {shorthand} conflicts with a Caddyfile placeholder shorthand")
    defaults: tuple[str, ...] = ()
    mappings = []
    for line in cursor.block():
        if line.name != "default":
            mappings.append(_mapping(line, len(destinations)))
        elif defaults:
            raise line.error("defaults already defined")
        else:
            defaults = line.texts()
            defaults += ("",) * (len(destinations) - len(defaults))
            line.finish_line()
    return Map(source=source, destinations=destinations, mappings=tuple(mappings), defaults=defaults)


def _mapping(line: Cursor, size: int) -> Mapping:
    outputs = [None if word.text == "-" else of_word(word) for word in line.words()]
    line.finish_line()
    if len(outputs) > size:
        raise line.error("too many outputs")
    outputs += [None] * (size - len(outputs))
    if line.name.startswith("~"):
        return Mapping(input_regexp=line.name[1:], outputs=tuple(outputs))
    return Mapping(input=line.name, outputs=tuple(outputs))


DIRECTIVE = handler("map", syntax)
