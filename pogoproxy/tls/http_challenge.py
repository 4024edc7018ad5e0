"""Answers to HTTP-01 challenges (RFC 8555 section 8.3), before any route is looked at, on every server."""

from __future__ import annotations

from collections.abc import Awaitable

from ..errors import ProcessError
from ..http.exchange import Endpoint, Exchange
from ..http.request_placeholders import split_host
from .keeping.client import KeeperClient
from .keeping.messages import AskToken, Token

_PREFIX = "/.well-known/acme-challenge/"


class HttpChallenges:
    """`before(endpoint)`: challenges that are ours are answered, all other requests go on."""

    def __init__(self, keeper: KeeperClient) -> None:
        self._keeper = keeper

    def before(self, following: Endpoint) -> Endpoint:
        """The endpoint behind this one."""

        def endpoint(exchange: Exchange) -> Awaitable[None]:
            if exchange.path.startswith(_PREFIX):
                return self._answer(exchange, following)
            return following(exchange)

        return endpoint

    async def _answer(self, exchange: Exchange, following: Endpoint) -> None:
        host, token = split_host(exchange.host)[0], exchange.path.removeprefix(_PREFIX)
        try:
            answer = await self._keeper.ask(lambda number: AskToken(number, host, token))
        except ProcessError:
            return await following(exchange)
        if not isinstance(answer, Token) or not answer.text:
            return await following(exchange)
        body = answer.text.encode()
        await exchange.writer.start(200, [(b"Content-Type", b"text/plain")], len(body))
        await exchange.writer.write(body)
        await exchange.writer.finish()
        return None
