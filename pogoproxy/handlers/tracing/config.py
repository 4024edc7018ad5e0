"""The directive `tracing` and its struct, key for key as Caddy has it."""

from __future__ import annotations

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import handler
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, read_block
from ...http.exchange import Middleware
from ...module import Context, Handler
from .running import traced
from .spans import Spans


class Tracing(Handler, frozen=True, tag="tracing", omit_defaults=False):
    """A span for each request. Caddy prints its name even where it is empty."""

    span: str = ""
    span_attributes: dict[str, str] | msgspec.UnsetType = msgspec.UNSET

    def provision(self, context: Context) -> Middleware:
        """ConfigError if the extra is missing, or the environment asks for what is not installed."""
        spans = context.service(Spans)
        spans.check()
        attributes = {} if isinstance(self.span_attributes, msgspec.UnsetType) else self.span_attributes
        return traced(spans, self.span or "handler", attributes)


def _attributes(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    cursor.finish()
    found = []
    for line in cursor.block():
        found.append((line.name, line.only()))
        line.finish_line()
    return tuple(found)


ROWS = {"span": Row("span", Cursor.only), "span_attributes": Row("span_attributes", _attributes, adds=True)}


def syntax(cursor: Cursor, adaptation: Adaptation) -> Tracing:
    """The span."""
    cursor.finish()
    fields = read_block(cursor, ROWS)
    attributes = dict(fields.get("span_attributes", ()))
    return Tracing(span=fields.get("span", ""), span_attributes=attributes or msgspec.UNSET)


DIRECTIVE = handler("tracing", syntax)
