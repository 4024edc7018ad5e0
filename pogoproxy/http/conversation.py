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
    after = CUT
    try:
        after = await _answer_all(connection)
    except ClientGone:
        pass
    finally:
        connection.end(after)


async def _answer_all(connection: Connection) -> After:
    while (item := await connection.next()) is not None:
        after = _refuse(connection, item) if isinstance(item, HandlerError) else await _answer(connection, *item)
        if after is not KEEP:
            return after
        connection.answered()
    return CLOSE


def _refuse(connection: Connection, error: HandlerError) -> After:
    connection.send(refusal(error.status))
    return CLOSE


async def _answer(connection: Connection, head: RequestHead, payload: StreamReader) -> After:
    extra = [SERVER]
    response = Response(connection, head, extra)
    server = connection.server
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
    await server.handle(exchange, response)
    if response.is_cut_short():
        return CUT
    kept = response.phase is FINISHED and response.keep_alive and payload.is_eof()
    return KEEP if kept else CLOSE
