"""The same site on Caddy and here: what is asked of both, and how their answers are compared."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.config.load import load
from pogoproxy.config.provision import endpoints, new_context
from pogoproxy.standard import LANGUAGE
from tests.wire import Running, Serve, pytest_asyncio_loop_factories, serve

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
    """One whole answer from the wire."""
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if ("transfer-encoding", "chunked") in fields:
        body = _joined(body)
    kept = sorted(pair for pair in fields if pair[0] not in _OURS_ALONE)
    return Answer(int(first.split()[1]), tuple(kept), body)


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
    """Caddy on a Unix socket, and our server beside it."""

    def __init__(self, caddy: Path, ours: Running) -> None:
        self._caddy = caddy
        self._ours = ours

    async def ask(self, request: bytes) -> tuple[Answer, Answer]:
        """Caddy's answer and ours to a request that is complete but for its Host and the empty line."""
        whole = request + b"Host: example.com\r\nConnection: close\r\n\r\n"
        reader, writer = await asyncio.open_unix_connection(str(self._caddy))
        writer.write(whole)
        theirs = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        return parsed(theirs), parsed(await self._ours.ask(whole))


MakeBoth = Callable[[str], AbstractAsyncContextManager[Both]]


@pytest.fixture
def both(caddy: str, serve: Serve, short_path: Path) -> MakeBoth:
    """`async with both(directives) as peers`: a site with these directives."""

    @contextlib.asynccontextmanager
    async def running(site: str) -> AsyncIterator[Both]:
        path = short_path / "caddy"
        text = f"{{\nadmin off\nauto_https off\npersist_config off\n}}\nhttp:// {{\nbind unix/{path}\n{site}\n}}\n"
        (short_path / "Caddyfile").write_text(text)
        context = new_context()
        async with context.stack, _caddy(caddy, short_path / "Caddyfile", path):
            config = load(adapt(text, "Caddyfile", LANGUAGE).text())
            (endpoint,) = endpoints(config.http, context).values()
            async with serve(endpoint) as ours:
                yield Both(path, ours)

    return running


@contextlib.asynccontextmanager
async def _caddy(caddy: str, config: Path, path: Path) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        *(caddy, "run", "--adapter", "caddyfile", "--config", str(config)),
        env={**os.environ, "HOME": str(config.parent)},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while not path.exists():  # noqa: ASYNC240
                assert process.returncode is None, "Caddy refuses the configuration"
                await asyncio.sleep(0.02)
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), 20)
