"""Sites for tests that attack them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.config.load import load
from pogoproxy.config.provision import endpoints, new_context
from pogoproxy.standard import LANGUAGE
from tests.wire import Running, Serve, origin, pytest_asyncio_loop_factories, serve

__all__ = ["origin", "pytest_asyncio_loop_factories", "serve"]

Site = Callable[..., AbstractAsyncContextManager[Running]]


@pytest.fixture
def site(serve: Serve, tmp_path: Path) -> Site:
    """`async with site(directives, file) as running`: a server of these directives, read from that file."""

    @contextlib.asynccontextmanager
    async def running(directives: str, file: Path | None = None) -> AsyncIterator[Running]:
        text = f"http://:80 {{\n{directives}\n}}\n"
        path = file or tmp_path / "Caddyfile"
        path.write_text(text)
        context = new_context()
        async with context.stack:
            (endpoint,) = endpoints(load(adapt(text, str(path), LANGUAGE).text()).http, context).values()
            async with serve(endpoint) as ours:
                yield ours

    return running


def request(target: str, *fields: str, method: str = "GET") -> bytes:
    """A request that ends its connection."""
    lines = (f"{method} {target} HTTP/1.1", "Host: example.com", *fields, "Connection: close")
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("latin-1")


def status(answer: bytes) -> int:
    """The status of an answer from the wire."""
    return int(answer.split(b" ", 2)[1])
