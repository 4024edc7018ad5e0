"""The records by which a module says what it reads from a Caddyfile."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from ..caddyfile.cursor import Cursor
from ..module import Handler
from ..route import Route

if TYPE_CHECKING:
    from .adaptation import Adaptation

DirectiveSyntax = Callable[[Cursor, "Adaptation"], Iterable[object]]
HandlerSyntax = Callable[[Cursor, "Adaptation"], Handler]
OptionSyntax = Callable[[Cursor, "Adaptation"], object]


@dataclass(frozen=True, slots=True)
class Together:
    """Routes that stay in a row: sorting moves none of them, and no group is laid on them."""

    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive of a site: `syntax` reads its segment and returns routes, `Together`, and facts about the site.

    A fact is a value of any other type (a bind address, an access log, a TLS setting). Who builds the servers
    finds it by its type. In a nested block facts are refused.
    """

    name: str
    syntax: DirectiveSyntax
    sorts_as: str = ""
    """The directive whose place and group it shares, where that is another."""


def handler(name: str, syntax: HandlerSyntax) -> Directive:
    """A directive that makes one handler; a matcher token may come first and is taken before `syntax` is called."""

    def read(cursor: Cursor, adaptation: Adaptation) -> list[object]:
        match = adaptation.take_matcher(cursor) or ()
        return [adaptation.route(match, syntax(cursor, adaptation))]

    return Directive(name, read)


@dataclass(frozen=True, slots=True)
class Option:
    """A global option. The last one wins, or with `gathers` all of them are kept, in a list."""

    name: str
    syntax: OptionSyntax
    gathers: bool = False


@dataclass(frozen=True, slots=True)
class App:
    """What an option returns that configures a whole app."""

    name: str
    config: msgspec.Struct
