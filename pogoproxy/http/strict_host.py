"""The host that is asked for must be the one that the TLS handshake was for (Caddy's `strict_sni_host`)."""

from __future__ import annotations

from collections.abc import Awaitable

from ..errors import HandlerError
from .exchange import Endpoint, Exchange
from .request_placeholders import split_host


def strict(following: Endpoint) -> Endpoint:
    """The endpoint for requests whose Host is the server name of their connection; 421 for others."""

    def endpoint(exchange: Exchange) -> Awaitable[None]:
        if exchange.tls is not None and split_host(exchange.host)[0].lower() != exchange.tls.server_name:
            exchange.response_headers.append((b"Connection", b"close"))
            raise HandlerError(421, "the Host is not the server name of the TLS handshake")
        return following(exchange)

    return endpoint
