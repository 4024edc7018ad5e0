"""`{http.request.body}` and `{http.request.body_base64}`: the body as text, for handlers whose configuration names it.

Placeholders are filled without waiting, so the body is read ahead of such a handler; what follows still gets it.
"""

from __future__ import annotations

import base64

from ..errors import HandlerError
from .body import BytesBody
from .buffered import read_ahead
from .exchange import Endpoint, Exchange, Middleware

BODY = b"{http.request.body"

_LARGEST = 16 * 1024 * 1024
"""Bytes; more is answered 413. A body is for a handler to stream, so what is put into texts should be small."""


def reading_body(middleware: Middleware) -> Middleware:
    """The same middleware with the body read ahead of it."""

    def wrapped(following: Endpoint) -> Endpoint:
        endpoint = middleware(following)

        async def reading(exchange: Exchange) -> None:
            body = await _whole(exchange)
            exchange.values["http.request.body"] = body.decode(errors="surrogateescape")
            exchange.values["http.request.body_base64"] = base64.b64encode(body).decode()
            await endpoint(exchange)

        return reading

    return wrapped


async def _whole(exchange: Exchange) -> bytes:
    """All of the body, which is then in memory for those who read it after us."""
    if exchange.body.length is not None and exchange.body.length > _LARGEST:
        raise HandlerError(413, "request body too large for a placeholder")
    read = await read_ahead(exchange.body, _LARGEST + 1)
    data = read.at_hand()
    if len(data) > _LARGEST:
        raise HandlerError(413, "request body too large for a placeholder")
    exchange.body = BytesBody(data)
    return data
