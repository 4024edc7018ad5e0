"""What a peer's upstream and ours are asked, written down so that it can be compared."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from tests.wire import Client

Message = tuple[bytes, list[tuple[bytes, bytes]], bytes]
"""First line, sorted fields, body."""

Seen = tuple[Message, list[Message]]
"""What a client was answered, and what the upstream was asked."""

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Up: u\r\nContent-Length: 2\r\n\r\nok"

ON_PURPOSE = {b"date", b"server", b"via", b"user-agent", b"accept-encoding", b"connection"}
"""Names and times; Go asks upstreams for gzip, to decode it itself, and says `close` less often.

Nor do we guess a Content-Type where an upstream gives none, and an escaped slash stays escaped in a rewritten path; the
requests and answers here steer clear of both.
"""


def message(head: bytes, body: bytes) -> Message:
    first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
    fields = [line.split(b": ", 1) for line in lines]
    kept = sorted((name.lower(), value) for name, value in fields if name.lower() not in ON_PURPOSE)
    return first, kept, body


class Upstream:
    """Answers by path, and keeps what it saw."""

    def __init__(self, answers: Mapping[bytes, bytes]) -> None:
        self.seen: list[Message] = []
        self._answers = answers

    async def __call__(self, client: Client) -> None:
        while True:
            head = await client.head()
            body = await body_of(client, head)
            self.seen.append(message(head, body))
            client.send(self._answers.get(head.split(b" ")[1].split(b"?")[0], OK))


async def body_of(client: Client, head: bytes, *, is_answer: bool = False) -> bytes:
    length = re.search(rb"(?i)\r\nContent-Length: (\d+)", head)
    if re.search(rb"(?i)\r\nTransfer-Encoding: chunked", head):
        body = b""
        while size := int((await client.until(b"\r\n"))[:-2], 16):
            body += await client.exactly(size)
            await client.exactly(2)
        await client.until(b"\r\n")
        return body
    if length:
        return await client.exactly(int(length[1]))
    return await client.rest() if is_answer else b""


def held_port(stack: contextlib.AsyncExitStack) -> int:
    """A port that nobody else gets meanwhile: bound, but not listening. Caddy may still bind it as well."""
    held = stack.enter_context(socket.socket())
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    held.bind(("127.0.0.1", 0))
    return int(held.getsockname()[1])


@contextlib.asynccontextmanager
async def running_caddy(caddy: str, config: dict[str, Any], folder: Path, port: int) -> AsyncIterator[None]:
    file = folder / "caddy.json"
    file.write_text(json.dumps(config))
    process = await asyncio.create_subprocess_exec(
        caddy, "run", "--config", str(file), stderr=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with asyncio.timeout(20):
            while True:
                with contextlib.suppress(ConnectionError):
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()
