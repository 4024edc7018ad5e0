"""The same site on Caddy and here: what is asked of both, and how their answers are compared."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.config.load import load
from pogoproxy.config.provision import endpoints, new_context
from pogoproxy.standard import LANGUAGE
from tests.wire import Client, Running, Serve, pytest_asyncio_loop_factories, serve

__all__ = ["pytest_asyncio_loop_factories", "serve"]

_OURS_ALONE = frozenset({"date", "server", "via", "connection", "content-length", "transfer-encoding"})
"""Fields that differ on purpose, and framing, which is compared by what it frames."""


@dataclass(frozen=True)
class Answer:
    """A status, the fields without those that differ on purpose, and the body without its framing."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def field(self, name: str) -> str:
        """The value of that name, or nothing."""
        return dict(self.fields).get(name, "")


def parsed(raw: bytes) -> Answer:
    """One whole answer from the wire, those ahead of it left out; an answer that is none has the status 0."""
    head, _, body = raw.partition(b"\r\n\r\n")
    if not head:
        return Answer(0, (), b"")
    first, *lines = head.decode("latin-1").split("\r\n")
    status = int(first.split()[1])
    if 100 <= status < 200 and body:
        return parsed(body)
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if body and ("transfer-encoding", "chunked") in fields:
        body = _joined(body)
    kept = sorted(pair for pair in fields if pair[0] not in _OURS_ALONE)
    return Answer(status, tuple(kept), body)


def _joined(chunked: bytes) -> bytes:
    pieces = []
    while True:
        size, _, chunked = chunked.partition(b"\r\n")
        length = int(size, 16)
        if not length:
            return b"".join(pieces)
        pieces.append(chunked[:length])
        chunked = chunked[length + 2 :]


class Both:
    """Caddy and our server on a port each."""

    def __init__(self, caddy: int, ours: Running) -> None:
        self._caddy = caddy
        self._ours = ours

    async def connect(self) -> tuple[Client, Client]:
        """A connection to Caddy and one to us."""
        return Client(*await asyncio.open_connection("127.0.0.1", self._caddy)), await self._ours.connect()

    async def ask(self, request: bytes) -> tuple[Answer, Answer]:
        """Caddy's answer and ours to a request that is complete but for its Host and the empty line."""
        return await self.send(request + b"Host: example.com\r\nConnection: close\r\n\r\n")

    async def send(self, request: bytes) -> tuple[Answer, Answer]:
        """Caddy's answer and ours to these bytes, after which either must close the connection."""
        theirs = await _answer(Client(*await asyncio.open_connection("127.0.0.1", self._caddy)), request)
        return parsed(theirs), parsed(await _answer(await self._ours.connect(), request))


async def _answer(client: Client, request: bytes) -> bytes:
    client.send(request)
    try:
        return await client.rest()
    except TimeoutError:
        raise AssertionError(f"{request!r} leaves the connection open") from None
    finally:
        client.close()


MakeBoth = Callable[..., AbstractAsyncContextManager[Both]]


@pytest.fixture
def both(caddy: str, serve: Serve, tmp_path: Path) -> MakeBoth:
    """`async with both(directives, routes) as peers`: a site with these directives, and named routes ahead of it."""

    @contextlib.asynccontextmanager
    async def running(site: str, routes: str = "") -> AsyncIterator[Both]:
        context = new_context()
        with held_port() as port:
            text = f"{OPTIONS}\n{routes}\nhttp://:{port} {{\nbind 127.0.0.1\n{site}\n}}\n"
            file = tmp_path / "Caddyfile"
            file.write_text(text)
            async with context.stack, _caddy(caddy, file, port):
                config = load(adapt(text, str(file), LANGUAGE).text())
                (endpoint,) = endpoints(config.http, context).values()
                async with serve(endpoint, protocols=("h1", "h2c")) as ours:
                    yield Both(port, ours)

    return running


OPTIONS = """{
	admin off
	auto_https off
	persist_config off
	servers {
		protocols h1 h2c
	}
}"""


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """A port that nobody else gets meanwhile: bound, but not listening. Caddy may still bind it as well."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


@contextlib.asynccontextmanager
async def _caddy(caddy: str, config: Path, port: int) -> AsyncIterator[None]:
    log = config.with_suffix(".log")
    with log.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *(caddy, "run", "--adapter", "caddyfile", "--config", str(config)),
            env={**os.environ, "HOME": str(config.parent)},
            stderr=stderr,
        )
    try:
        async with asyncio.timeout(30):
            while not await _accepts(port):
                assert process.returncode is None, f"Caddy refuses the configuration: {log.read_text()}"
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)


async def _accepts(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return False
    writer.close()
    return True
