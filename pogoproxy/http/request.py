"""A request's body as its reader sees it, and the answer to what is no request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.http_exceptions import HttpProcessingError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from ..errors import HandlerError
from .body import BytesBody
from .headers import Fields
from .request_head import RequestHead

if TYPE_CHECKING:
    from .connection import Connection

_NO_BODY = BytesBody()
"""One for all: reading nothing changes nothing."""


def body_of(connection: Connection, head: RequestHead, payload: StreamReader) -> RequestBody | BytesBody:
    """The exchange's body over aiohttp's stream."""
    if payload is EMPTY_PAYLOAD:
        return _NO_BODY
    return RequestBody(connection, payload, head.length, head.expects_continue)


class RequestBody:
    """A body that arrives while it is read. `100 Continue` is sent when, and only when, somebody reads."""

    __slots__ = ("_connection", "_payload", "expects_continue", "length", "received")

    trailers: Fields = ()

    def __init__(
        self, connection: Connection, payload: StreamReader, length: int | None, expects_continue: bool
    ) -> None:
        self._connection = connection
        self._payload = payload
        self.length = length
        self.expects_continue = expects_continue
        self.received = 0

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        data = self._payload.read_nowait(-1) if self._payload.exception() is None else b""
        self.received += len(data)
        return data

    async def read(self) -> bytes:
        """See `Body.read`."""
        if self.expects_continue:
            self.expects_continue = False
            self._connection.send_continue()
        data = await self._connection.read_body(self._payload)
        self.received += len(data)
        return data


def refusal_of(wrong: HttpProcessingError, line_limit: int) -> HandlerError:
    """The status that the parser's mistake deserves; its message is for the log only."""
    if isinstance(wrong, LineTooLong):
        return HandlerError(414 if line_limit in wrong.args else 431, "request line or header too long")
    if "Too many headers" in str(wrong):
        return HandlerError(431, "too many headers")
    return HandlerError(400, f"malformed request: {wrong.message}")
