"""`handle_errors [<codes...>] { <directives...> }`: answers to failed requests; `404` is a code, `4xx` a class."""

from __future__ import annotations

from dataclasses import dataclass

from ..adapt.adaptation import Adaptation
from ..adapt.directive import Directive
from ..adapt.emit import plain
from ..adapt.weak import integer
from ..caddyfile.cursor import Cursor
from ..route import Route
from .subroute import Subroute

STATUS = "{http.error.status_code}"


@dataclass(frozen=True, slots=True)
class ErrorBlock:
    """A route of the site's error routes."""

    route: Route


def syntax(cursor: Cursor, adaptation: Adaptation) -> list[ErrorBlock]:
    """One route, for all errors or those of the codes."""
    expression = _expression(cursor)
    match = ({"expression": plain(expression)},) if expression else ()
    return [ErrorBlock(adaptation.route(match, Subroute(routes=adaptation.subroute(cursor))))]


def _expression(cursor: Cursor) -> str:
    """The codes as an expression: classes as ranges in the order of the file, and then the single codes."""
    terms = []
    codes = []
    for word in cursor.words():
        text = word.text
        digits = text[:1] if text.endswith("xx") else text
        if len(text.encode()) != 3:
            raise word.error(f"bad status value '{text}'")
        try:
            integer(digits)
        except ValueError as wrong:
            raise word.error(f"bad status value '{digits}': {wrong}") from None
        if digits != text:
            terms.append(f"{STATUS} >= {digits}00 && {STATUS} <= {digits}99")
        else:
            codes.append(text)
    if codes:
        terms.append(f"{STATUS} in [{', '.join(codes)}]")
    return " || ".join(terms)


DIRECTIVE = Directive("handle_errors", syntax)
