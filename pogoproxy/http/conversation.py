"""The requests of one connection, answered one after the other: what a connection's one task does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp.streams import StreamReader

from ..errors import ClientGone, HandlerError
from .connection_state import CLOSE, CUT, KEEP, After
from .exchange import Exchange
from .front_writer import FINISHED
from .request import body_of
from .request_head import RequestHead
from .response import SERVER, Response, refusal

if TYPE_CHECKING:
    from .connection import Connection


async def converse(connection: Connection) -> None:
    """Answer until there is nothing more to answer, then end the connection as the last answer needs it."""
    after = KEEP
    try:
        while after is KEEP:
            after = CUT
            item = await connection.next()
            if isinstance(item, tuple):
                head, payload = item
                exchange, response = _begin(connection, head, payload)
                await connection.server.handle(exchange, response)
                after = _end(connection, response, payload)
            else:
                after = _refuse(connection, item)
    except ClientGone:
        pass
    finally:
        connection.end(after)


def _begin(connection: Connection, head: RequestHead, payload: StreamReader) -> tuple[Exchange, Response]:
    extra = [SERVER]
    response = Response(connection, head, extra)
    exchange = Exchange(
        head.method,
        head.target,
        head.headers.copy(),
        body_of(connection, head, payload),
        response,
        extra,
        head.host,
        connection.scheme,
        head.version,
        connection.remote,
        connection.local,
        connection.tls,
    )
    exchange.memory = head.memory
    return exchange, response


def _end(connection: Connection, response: Response, payload: StreamReader) -> After:
    if response.phase is FINISHED and response.keep_alive and payload.is_eof():
        connection.answered()
        return KEEP
    return CUT if response.is_cut_short() else CLOSE


def _refuse(connection: Connection, error: HandlerError | None) -> After:
    """Answer what is no request, if there is anything to answer."""
    if error is not None:
        connection.send(refusal(error.status))
    return CLOSE
