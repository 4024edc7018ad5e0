"""`bind <addresses...> { protocols [h1|h2|h2c|h3]... }`: the interfaces that a site is served on."""

from __future__ import annotations

from dataclasses import dataclass

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Bind:
    """Hosts to listen on, each with its network if that is not TCP, and the protocols there; none are the server's."""

    addresses: tuple[str, ...] = ("",)
    protocols: tuple[str, ...] = ()


def read_bind(cursor: Cursor, default: tuple[str, ...] = ()) -> Bind:
    """The arguments and block of `bind` and of the option `default_bind`."""
    addresses = cursor.texts() or default
    protocols: tuple[str, ...] = ()
    for line in cursor.block():
        if line.name != "protocols":
            raise line.error(f"unknown subdirective: {line.name}")
        protocols = line.texts()
        if not protocols:
            raise line.error("protocols requires one or more arguments")
        line.finish_line()
    return Bind(addresses, protocols)


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[Bind]:
    """Where the site is served."""
    return [read_bind(cursor)]


DIRECTIVE = Directive("bind", syntax)
