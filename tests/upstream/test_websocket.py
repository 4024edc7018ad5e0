"""WebSockets through the proxy, by the libraries that people use at both ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.conftest import missing

SECONDS = 30


async def echo(connection: ServerConnection) -> None:
    """Send back what comes; `close` and `die` do so."""
    async for message in connection:
        if message == "close":
            return await connection.close(4002, "the server's")
        if message == "die":
            return connection.transport.abort()
        await connection.send(message)
    return None


@contextlib.asynccontextmanager
async def proxied(configured, script=echo, **handler) -> AsyncIterator[str]:
    """The URL of a proxy in front of the script."""
    async with serve(script, "127.0.0.1", 0, max_size=None) as server:
        host, port = server.sockets[0].getsockname()
        proxy = {"handler": "reverse_proxy", "upstreams": [{"dial": f"{host}:{port}"}], **handler}
        async with configured(proxy) as running:
            yield f"ws://{running.address[0]}:{running.address[1]}/chat"


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_messages_pass_whole_fragmented_and_compressed(configured, compression):
    async with proxied(configured) as url, connect(url, compression=compression, max_size=None) as client:
        for message in ("text", b"\0\xff\1", "", "z" * 300_000, os.urandom(300_000)):
            await client.send(message)
            assert await asyncio.wait_for(client.recv(), SECONDS) == message
        await client.send(["frag", "men", "ted"])
        assert await asyncio.wait_for(client.recv(), SECONDS) == "fragmented"
        await asyncio.wait_for(await client.ping(), SECONDS)
        extensions = client.response.headers.get("Sec-WebSocket-Extensions", "")
        assert ("permessage-deflate" in extensions) == (compression is not None)


async def test_a_clients_close_code_reaches_the_upstream(configured):
    closed = asyncio.Queue()

    async def listen(connection: ServerConnection) -> None:
        await connection.wait_closed()
        closed.put_nowait((connection.close_code, connection.close_reason))

    async with proxied(configured, listen) as url:
        async with connect(url) as client:
            await client.close(4001, "the client's")
        assert await asyncio.wait_for(closed.get(), SECONDS) == (4001, "the client's")


@pytest.mark.parametrize(("ask", "code", "reason"), [("close", 4002, "the server's"), ("die", 1006, "")])
async def test_the_upstreams_end_reaches_the_client(configured, ask, code, reason):
    async with proxied(configured) as url, connect(url) as client:
        await client.send(ask)
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.recv(), SECONDS)
        assert (client.close_code, client.close_reason or "") == (code, reason)


async def test_a_stream_that_may_not_last_is_ended(configured):
    async with proxied(configured, stream_timeout="200ms") as url, connect(url) as client:
        await client.send("text")
        assert await asyncio.wait_for(client.recv(), SECONDS) == "text"
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(client.recv(), SECONDS)


async def test_a_thousand_at_once(configured):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 5000:
        missing("a limit of 5,000 open files")
    async with proxied(configured) as url, contextlib.AsyncExitStack() as stack:

        async def opened():
            return await stack.enter_async_context(connect(url, open_timeout=SECONDS, compression=None))

        clients = []
        for _ in range(10):
            clients += await asyncio.gather(*(opened() for _ in range(100)))

        async def echoed(number, client):
            await client.send(f"message {number}")
            return await asyncio.wait_for(client.recv(), SECONDS)

        for _ in range(2):
            answers = await asyncio.gather(*(echoed(number, client) for number, client in enumerate(clients)))
            assert answers == [f"message {number}" for number in range(1000)]


@pytest.mark.peer
async def test_the_npm_package_is_content(configured, peer):
    node = peer("node")
    paths = os.pathsep.join(filter(None, (os.environ.get("NODE_PATH"), "/usr/share/nodejs")))
    async with proxied(configured) as url:
        process = await asyncio.create_subprocess_exec(
            *(node, str(Path(__file__).with_name("websocket_client.js")), url),
            env={**os.environ, "NODE_PATH": paths},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, complaint = await asyncio.wait_for(process.communicate(), 60)
    if b"Cannot find module 'ws'" in complaint:
        missing("the npm package ws")
    assert json.loads(said) == {
        "messages": ["text", [0, 255, 1], "fragmented", 300000],
        "extensions": "permessage-deflate",
        "pong": "are you there",
        "code": 4002,
        "reason": "the server's",
    }
