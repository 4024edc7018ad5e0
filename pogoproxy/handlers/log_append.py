"""`log_append [<matcher>] [<]<key> <value>`: a field of the access log; with `<` it is taken before handlers run."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..caddyfile.cursor import Cursor
from ..http.exchange import Endpoint, Exchange, Middleware, Step
from ..http.request_placeholders import Getter, getter
from ..http.writer import Writer, WriterWrapper
from ..module import Context, Handler

_BODIES: dict[str, Callable[[bytes], str]] = {
    "{http.response.body}": lambda body: body.decode(errors="surrogateescape"),
    "{http.response.body_base64}": lambda body: base64.b64encode(body).decode(),
}

_LARGEST = 1024 * 1024
"""Bytes of an answer that are logged; what is for a log should be small, and an answer may be of any length."""


class LogAppend(Handler, frozen=True, tag="log_append"):
    """A field; the value may be the name of a variable."""

    key: str = ""
    value: str = ""
    early: bool = False

    def provision(self, context: Context) -> Middleware:
        """Notes the field for the access log."""
        if self.value in _BODIES:
            return self._body
        value = self._getter()

        def step(exchange: Exchange) -> None:
            found = value(exchange) if self.early else None
            exchange.log_fields[self.key] = (lambda _: found) if self.early else value

        return Step(step)

    def _getter(self) -> Getter:
        """A placeholder's meaning, or the variable of that name; a text that is neither stands for itself."""
        text = self.value
        if text.startswith("{") and text.endswith("}") and text.count("{") == 1:
            return getter(text[1:-1])
        return lambda exchange: exchange.vars.get(text, text)

    def _body(self, following: Endpoint) -> Endpoint:
        written = _BODIES[self.value]

        def endpoint(exchange: Exchange) -> Awaitable[None]:
            exchange.writer = copying = _Copying(exchange.writer)
            exchange.log_fields[self.key] = lambda _: written(bytes(copying.kept))
            return following(exchange)

        return endpoint


class _Copying(WriterWrapper):
    """Passes an answer on, and keeps the beginning of its body."""

    __slots__ = ("kept",)

    def __init__(self, inner: Writer) -> None:
        super().__init__(inner)
        self.kept = bytearray()

    async def write(self, data: bytes) -> None:
        """See `Writer.write`."""
        self.kept += data[: _LARGEST - len(self.kept)]
        await self.inner.write(data)


def syntax(cursor: Cursor, adaptation: Adaptation) -> LogAppend:
    """The key and the value."""
    key = cursor.text()
    value = cursor.text()
    adaptation.ignore_rest(cursor)
    cursor.finish_line()
    early = key.startswith("<") and len(key) > 1
    return LogAppend(key=key[1:] if early else key, value=value, early=early)


DIRECTIVE = handler("log_append", syntax)
