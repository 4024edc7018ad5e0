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
from ..errors import ConfigError
from ..http.exchange import Exchange, Middleware, first
from ..http.placeholders import template
from ..http.regexp import compile_regexp, expand
from ..module import Context, Handler


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

    def provision(self, context: Context) -> Middleware:
        """The destinations are set for the request, to nothing where neither an output nor a default says better."""
        source = template(self.source)
        names = [_destination(text) for text in self.destinations]
        rows = [_Row(mapping) for mapping in self.mappings]
        defaults = [template(text) for text in self.defaults]

        def step(exchange: Exchange) -> None:
            text = source(exchange)
            outputs = next((found for row in rows if (found := row.outputs(text, exchange)) is not None), [])
            for at, name in enumerate(names):
                output = outputs[at] if at < len(outputs) else None
                if output is None:
                    output = defaults[at](exchange) if at < len(defaults) else ""
                exchange.values[name] = output

        return first(step)


def _destination(text: str) -> str:
    """The placeholder's name; ConfigError unless the text is one placeholder and nothing else."""
    if not (text.startswith("{") and text.endswith("}")) or "{" in text[1:]:
        raise ConfigError(f"destination must be a placeholder and only a placeholder, not {text!r}")
    return text[1:-1]


class _Row:
    """One mapping with its texts compiled."""

    def __init__(self, mapping: Mapping) -> None:
        self._input = mapping.input
        self._expression = compile_regexp(mapping.input_regexp) if mapping.input_regexp else None
        self._raw = mapping.outputs
        self._filled = [template(output) if isinstance(output, str) else None for output in mapping.outputs]

    def outputs(self, text: str, exchange: Exchange) -> list[object] | None:
        """The outputs for that source, in which `$1` are an expression's groups; None if the input is another."""
        if self._expression is None:
            if text != self._input:
                return None
            return [fill(exchange) if fill else raw for fill, raw in zip(self._filled, self._raw, strict=True)]
        found = self._expression.search(text)
        if found is None:
            return None
        return [expand(found, raw) if isinstance(raw, str) else raw for raw in self._raw]


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
