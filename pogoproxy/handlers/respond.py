"""`respond [<matcher>] <status>|<body> [<status>] { body <text>; close }`: an answer written in the configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.directive import handler
from ..adapt.weak import WeakString, integer, weak
from ..caddyfile.cursor import Cursor
from ..errors import ClientGone, HandlerError
from ..http.exchange import Endpoint, Exchange, Middleware
from ..http.headers import HeaderList, Pair, find, remove
from ..http.placeholders import NOBODY, has_placeholders, template
from ..module import Context, Handler

EARLY_HINTS = 103


class StaticResponse(Handler, frozen=True, tag="static_response"):
    """The answer of `respond`, `redir` and `abort`; the status is 200 unless a body-less or error answer says more."""

    status_code: WeakString = ""
    headers: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    body: str = ""
    close: bool = False
    abort: bool = False

    def provision(self, context: Context) -> Middleware:
        """The answer; what follows runs only after early hints (103), which are no answer yet."""
        return abort if self.abort else _Answer(self).middleware


def abort(_: Endpoint) -> Endpoint:
    """Cut the connection without an answer."""

    async def endpoint(exchange: Exchange) -> None:
        raise ClientGone("aborted as configured")

    return endpoint


class _Answer:
    """A static response with its texts compiled."""

    def __init__(self, config: StaticResponse) -> None:
        self._status = _status(config.status_code)
        self._content = _content(config.body)
        self._headers = [
            (template(name), [template(value) for value in values]) for name, values in config.headers.items()
        ]
        self._closes = config.close

    def middleware(self, following: Endpoint) -> Endpoint:
        """The handler."""

        def endpoint(exchange: Exchange) -> Awaitable[None]:
            body, content_type = self._content(exchange)
            status = self._status(exchange)
            headers = self._head(exchange, content_type)
            if status == EARLY_HINTS:
                return _hint(headers, exchange, following)
            return exchange.writer.respond(status, headers, body)

        return endpoint

    def _head(self, exchange: Exchange, content_type: Pair | None) -> HeaderList:
        headers: HeaderList = [(b"Connection", b"close")] if self._closes else []
        for name, values in self._headers:
            field = name(exchange).encode()
            remove(exchange.response_headers, (field.lower(),))
            headers += [(field, value(exchange).encode(errors="surrogateescape")) for value in values]
        if content_type is not None and _is_free(headers) and _is_free(exchange.response_headers):
            headers.append(content_type)
        return headers


async def _hint(headers: HeaderList, exchange: Exchange, following: Endpoint) -> None:
    await exchange.writer.inform(EARLY_HINTS, exchange.response_headers + headers)
    await following(exchange)


def _is_free(headers: HeaderList) -> bool:
    """Whether nobody has said yet what the body is."""
    return find(headers, b"content-type") is None


def _content(text: str) -> Callable[[Exchange], tuple[bytes, Pair | None]]:
    """The body and its type; a body that is the same for all requests is looked at once."""
    fill = template(text, keep_unknown=True)
    if not has_placeholders(text):
        fixed = _typed(fill(NOBODY))
        return lambda _: fixed
    return lambda exchange: _typed(fill(exchange))


def _typed(text: str) -> tuple[bytes, Pair | None]:
    body = text.encode("utf-8", "surrogateescape")
    return body, _content_type(body) if body else None


def _content_type(body: bytes) -> Pair:
    """JSON if it is a whole JSON object or list, and text otherwise, so that no browser guesses at it."""
    text = body.strip()
    if (text[:1], text[-1:]) in ((b"{", b"}"), (b"[", b"]")):
        try:
            msgspec.json.decode(text, type=msgspec.Raw)
        except msgspec.DecodeError:
            pass
        else:
            return _JSON
    return _TEXT


_JSON = (b"Content-Type", b"application/json")
_TEXT = (b"Content-Type", b"text/plain; charset=utf-8")


def _status(code: WeakString) -> Callable[[Exchange], int]:
    """The status as configured; without one that of the error which is answered, or 200."""
    if code == "":
        return lambda exchange: 200 if exchange.error is None else exchange.error.status
    return status_template(code)


def status_template(code: WeakString) -> Callable[[Exchange], int]:
    """A status that may be a placeholder; HandlerError if what it stands for is no status."""
    if isinstance(code, int):
        return lambda _: code
    fill = template(code)

    def status(exchange: Exchange) -> int:
        text = fill(exchange)
        if not (text.isascii() and text.isdigit() and 100 <= int(text) <= 999):
            raise HandlerError(500, f"status {text!r} is no number of three digits")
        return int(text)

    return status


def status_and_text(cursor: Cursor) -> tuple[WeakString, str]:
    """`<status>|<text> [<status>]`: one argument of three digits is a status."""
    first = cursor.text()
    second = cursor.maybe()
    cursor.finish()
    if second is not None:
        return weak(second.text), first
    return (integer(first), "") if is_status(first) else ("", first)


def is_status(text: str) -> bool:
    """Whether the text is a positive integer of three characters."""
    try:
        return len(text.encode()) == 3 and integer(text) > 0
    except ValueError:
        return False


def syntax(cursor: Cursor, adaptation: Adaptation) -> StaticResponse:
    """The status and the body."""
    status, body = status_and_text(cursor)
    fields: dict[str, Any] = {"status_code": status, "body": body}
    for line in cursor.block():
        if line.name not in ("body", "close"):
            raise line.error(f"unrecognized subdirective '{line.name}'")
        if fields.get(line.name):
            raise line.error(f"{line.name} already specified")
        fields[line.name] = line.only() if line.name == "body" else True
        line.finish_line()
    return StaticResponse(**fields)


DIRECTIVE = handler("respond", syntax)
