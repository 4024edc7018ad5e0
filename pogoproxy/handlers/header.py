"""`header [<matcher>] [[+|-|?|>]<field> [<value>|<search> [<replacement>]]] { … }`: changes of the answer's header.

The block has such lines, `defer`, and `match` with a response matcher. An operation waits for the answer
to start if it is prefixed `>`, if the block says `defer`, or if anything is deleted.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..caddyfile.cursor import Cursor
from ..route import Route
from .headers import Headers, Operations, field_name
from .response_matcher import read_response_matcher


def syntax(cursor: Cursor, adaptation: Adaptation) -> Iterator[Route]:
    """One route for the operations, and one for the defaults, which are for answers without these fields only."""
    match = adaptation.take_matcher(cursor) or ()
    operations, defaults = Operations(), Operations()
    first = cursor.maybe()
    if first:
        operations.read(cursor, first.text, is_response=True)
        adaptation.ignore_rest(cursor)
    for line in _lines(cursor, adaptation):
        if line.name == "defer":
            operations.deferred = True
        elif line.name == "match":
            operations.require = read_response_matcher(line.rest())
        elif first:
            raise line.error("cannot specify headers in both arguments and block")
        else:
            chosen = defaults if line.name.startswith("?") else operations
            chosen.read(line, field_name(line.name), is_response=True)
    for found in (operations, defaults):
        if not found.is_empty:
            yield adaptation.route(match, Headers(response=found.response()))


def _lines(cursor: Cursor, adaptation: Adaptation) -> Iterator[Cursor]:
    """The lines of the block. What a line has left is a line of its own, as Caddy reads it: often a missing quote."""
    for line in cursor.block():
        rest = line
        yield rest
        while word := rest.maybe():
            message = f"'{word.text}' is read as a header field of its own"
            adaptation.warn(message, word.span, hint="quote a value that has blanks in it")
            rest = Cursor(rest.rest())
            yield rest
        rest.finish_line()


DIRECTIVE = Directive("header", syntax)
