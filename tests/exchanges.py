"""Exchanges without a socket."""

from __future__ import annotations

from typing import Any

import msgspec

from pogoproxy.http.body import BytesBody
from pogoproxy.http.exchange import Exchange
from pogoproxy.http.headers import HeaderList
from pogoproxy.http.route import compile_server
from pogoproxy.http.stream import Stream
from pogoproxy.http.writer import RespondsInSteps
from pogoproxy.module import Context
from pogoproxy.route import Route
from pogoproxy.standard import REGISTRY
from pogoproxy.upstream.target import Targets


class Recorder(RespondsInSteps):
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: HeaderList = []
        self.length: int | None = None
        self.body = b""
        self.informed: list[int] = []
        self.trailers: HeaderList = []
        self.finished = False

    async def inform(self, status: int, headers: HeaderList) -> None:
        """Keep the status."""
        self.informed.append(status)

    async def start(self, status: int, headers: HeaderList, length: int | None) -> None:
        """Keep the head."""
        assert not self.status, "started twice"
        self.status, self.headers, self.length = status, headers, length

    async def write(self, data: bytes) -> None:
        """Keep the piece."""
        self.body += data

    async def flush(self) -> None:
        """Nothing is held."""

    async def finish(self, trailers: HeaderList | None = None) -> None:
        """Keep that it ended."""
        self.finished = True
        self.trailers = trailers or []

    async def switch(self, headers: HeaderList) -> Stream:
        """Not here."""
        raise AssertionError("switched")


def make(
    target: str = "/", *, method: str = "GET", headers: HeaderList | None = None, body: bytes = b"", **more: Any
) -> tuple[Exchange, Recorder]:
    """An exchange and what was answered."""
    recorder = Recorder()
    more.setdefault("host", "example.com")
    return Exchange(method, target, headers or [], BytesBody(body), recorder, **more), recorder


async def answer(handlers: list[dict[str, Any]], exchange: Exchange) -> None:
    """Have handlers of the standard build answer, given as Caddy's JSON."""
    routes = msgspec.json.decode(msgspec.json.encode([{"handle": handlers}]), type=list[Route])
    targets = Targets()
    await compile_server(routes, Context(REGISTRY, {Targets: targets}))(exchange)
