"""From a stream to an exchange, and what becomes of the stream when the handlers are done."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING

from ..errors import ClientGone
from ..http.body import BytesBody
from ..http.exchange import Exchange
from ..http.front_writer import Phase
from ..http.headers import HeaderList
from ..http.response import SERVER
from .codes import Code
from .request_head import RequestHead
from .response import Response
from .server_stream import ServerStream

if TYPE_CHECKING:
    from .connection import Connection


async def answer(connection: Connection, stream: ServerStream) -> None:
    """Answer one request."""
    response = None
    connection.running += 1
    try:
        assert stream.head is not None
        extra = [SERVER]
        response = Response(stream, extra, is_head=stream.head.method == "HEAD")
        await connection.server.handle(_exchange(connection, stream, stream.head, response, extra), response)
    except ClientGone:
        pass
    finally:
        connection.running -= 1
        stream.task = None
        _end(stream, response)


def _exchange(
    connection: Connection, stream: ServerStream, head: RequestHead, response: Response, extra: HeaderList
) -> Exchange:
    return Exchange(
        "GET" if head.protocol else head.method,
        head.target,
        [*head.headers, *_upgrade(head.protocol)],
        BytesBody() if stream.length == 0 or head.protocol else stream,
        response,
        response_headers=extra,
        host=head.host,
        scheme=connection.scheme,
        version=(2, 0),
        remote=connection.remote,
        local=connection.local,
        tls=connection.tls,
    )


def _upgrade(protocol: str) -> HeaderList:
    """An extended CONNECT as HTTP/1 asks for it, so that matchers, applications and upstreams know it."""
    if not protocol:
        return []
    fields = [(b"connection", b"Upgrade"), (b"upgrade", protocol.encode("latin-1"))]
    if protocol == "websocket":
        # RFC 8441 leaves the key out, RFC 6455 requires it of whoever asks in HTTP/1.
        fields.append((b"sec-websocket-key", base64.b64encode(secrets.token_bytes(16))))
    return fields


def _end(stream: ServerStream, response: Response | None) -> None:
    """An answer that broke off must not look whole; one that is whole may have left some of the request unread."""
    stream.give_up()
    if response is not None and response.phase is Phase.FINISHED:
        if not stream.ended_by_peer:
            stream.session.hang_up(stream)
    elif stream.id in stream.session.streams:
        stream.session.reset(stream.id, Code.INTERNAL_ERROR)
