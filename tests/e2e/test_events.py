"""A job's partial results as server-sent events: they come one by one, and no faster than the client reads."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, eventually
from tests.e2e.shops import write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin off
    pogo {
        worker tasks
        num_threads 1
        cancel_grace 20s
    }
}
:PORT {
    app shop:application {
        workers 1
    }
}
"""
SHOP = """
import json
from pogoproxy import spawn

async def application(scope, receive, send):
    assert scope["type"] == "http"
    fields = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    if scope["path"] == "/events":
        async for part in spawn("Count", {}, window=4):
            event = f"data: {json.dumps(part)}\\n\\n".encode()
            await send({"type": "http.response.body", "body": event, "more_body": True})
    await send({"type": "http.response.body"})
"""
TASKS = """
import pathlib

class Count:
    def handle(self, args):
        try:
            for n in range(1 << 40):
                pathlib.Path("progress").write_text(str(n))
                yield {"n": n, "pad": "x" * 10_000}
        finally:
            pathlib.Path("ended").touch()
"""


def test_a_slow_client_holds_the_job_back_and_one_that_leaves_ends_it(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    server = serve(CADDYFILE)
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        client.sendall(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        said = b""
        while b'data: {"n": 2' not in said:
            said += client.recv(4096)
        assert said.index(b'{"n": 0') < said.index(b'{"n": 1') < said.index(b'{"n": 2')
        assert eventually(lambda: is_held_back(tmp_path / "progress"), 30), "what nobody reads is not made"
        assert not (tmp_path / "ended").exists()
    assert eventually((tmp_path / "ended").exists, 15)


def is_held_back(progress: Path) -> bool:
    """Whether it goes no further within a second."""
    before = progress.read_text()
    end = time.monotonic() + 1.0
    return not eventually(lambda: progress.read_text() not in ("", before), end - time.monotonic())
