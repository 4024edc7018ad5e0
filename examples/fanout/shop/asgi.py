"""The shop's page as an ASGI application: it awaits its jobs."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from .order import WATERFALL, fan_out, report, wants_page

Message = dict[str, Any]


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    assert scope["type"] == "http"
    accept = dict(scope["headers"]).get(b"accept", b"").decode("latin-1")
    if wants_page(scope["path"], accept):
        await answer(send, b"text/html; charset=utf-8", WATERFALL)
    else:
        await answer(send, b"application/json", json.dumps(await order("POGO-1"), indent=2).encode())


async def order(sku: str) -> dict[str, Any]:
    """Spawn all, then await each: the request takes as long as its longest job."""
    began = time.monotonic()
    tasks = fan_out(sku)
    return report("asgi", began, tasks, [await task for task in tasks])


async def answer(send: Callable[[Message], Awaitable[None]], content_type: bytes, body: bytes) -> None:
    headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), (b"vary", b"Accept")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
