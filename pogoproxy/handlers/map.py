"""`map [<matcher>] <source> <destinations...> { [~]<input> <outputs...>; default <defaults...> }`.

Sets the destinations to the outputs of the first input that equals the source, or that matches it as a regular
expression (`~`). An output `-`, or one that is missing, is left to later inputs and to the default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.placeholders import shorthand_of
from ..adapt.weak import of_word
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..http.exchange import Exchange, Middleware, Step
from ..http.placeholders import Template, template, to_text
from ..http.regexp import compile_regexp, expand
from ..http.request_placeholders import Deferred, Getter
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
        """The destinations are there for the request, worked out when somebody asks, since `vars` may come after it.

        Of several maps with the same destination the first one counts.
        """
        names = [_destination(text) for text in self.destinations]
        if any(destination in self.source for destination in self.destinations):
            raise ConfigError("a map's source cannot be its own destination")
        source = template(self.source)
        rows = [_Row(mapping) for mapping in self.mappings]
        values = {name: Deferred(_value(source, rows, at, self.defaults[at:])) for at, name in enumerate(names)}
        return Step(lambda exchange: exchange.values.update(values | exchange.values))


def _value(source: Template, rows: Sequence[_Row], at: int, defaults: Sequence[str]) -> Getter:
    """What the destination of that number is: an output of the first row that has one for it, else the default."""
    default = template(defaults[0] if defaults else "")

    def get(exchange: Exchange) -> str:
        text = source(exchange)
        for row in rows:
            if (output := row.output(at, text, exchange)) is not None:
                return output
        return default(exchange)

    return get


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
        self._outputs = [None if output is None else _output(to_text(output)) for output in mapping.outputs]

    def output(self, at: int, text: str, exchange: Exchange) -> str | None:
        """The output of that number, in which `$1` are an expression's groups; None if there is none for the text."""
        if at >= len(self._outputs) or (output := self._outputs[at]) is None:
            return None
        raw, fill = output
        if self._expression is None:
            return fill(exchange) if text == self._input else None
        found = self._expression.search(text)
        return None if found is None else expand(found, raw)


def _output(text: str) -> tuple[str, Template]:
    """The text for what an expression finds, and for a plain input the text with its placeholders."""
    return text, template(text)


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
