"""Passing an upstream's answer on to the client."""

from __future__ import annotations

from collections.abc import Awaitable

from ..http.exchange import Exchange, Received
from ..http.headers import HeaderList
from ..http.response import SERVER
from ..http.writer import Writer

_VIA = (b"Via", b"1.1 pogoproxy")
_VIA_HTTP2 = (b"Via", b"2.0 pogoproxy")


def relay(exchange: Exchange, answer: Received, status: int | None = None, buffer: int = 0) -> Awaitable[None]:
    """Write head and body as they come, with another `status` if one is given.

    Up to `buffer` bytes are taken from the upstream before the client gets any; -1 takes all.
    """
    extra = exchange.response_headers
    if SERVER in extra:
        # The upstream's own Server field stands; we say Via, as Caddy does.
        extra.remove(SERVER)
    via = _VIA_HTTP2 if answer.is_http2 else _VIA
    return pass_on(exchange, answer, [*answer.headers, via], status, buffer)


def pass_on(
    exchange: Exchange, answer: Received, headers: HeaderList, status: int | None = None, buffer: int = 0
) -> Awaitable[None]:
    """The same with these header fields."""
    status = answer.status if status is None else status
    body = answer.whole()
    if body is not None:
        return exchange.writer.respond(status, headers, body)
    return _stream(exchange.writer, answer, headers, status, buffer)


async def _stream(writer: Writer, answer: Received, headers: HeaderList, status: int, buffer: int) -> None:
    held = await _ahead(answer, buffer) if buffer else b""
    # A 204 has no body and tells no length; under another status that must be said.
    length = 0 if answer.status == 204 else answer.length
    await writer.start(status, headers, length)
    if held:
        await writer.write(held)
    elif answer.is_waiting():
        # An event stream's client waits for the head, though no event may come for long.
        await writer.flush()
    while data := await answer.read():
        await writer.write(data)
    return await writer.finish(answer.trailers or None)


async def _ahead(answer: Received, size: int) -> bytes:
    held = b""
    while (size < 0 or len(held) < size) and (data := await answer.read()):
        held += data
    return held
