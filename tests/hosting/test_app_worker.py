"""App workers as the supervisor starts them: real processes on Unix sockets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from pogoproxy.errors import ProcessError
from pogoproxy.hosting.orders import Orders
from pogoproxy.supervisor.loop import Supervisor
from pogoproxy.supervisor.plan import Launch, Role

ASGI = """
import asyncio
async def application(scope, receive, send):
    if scope["type"] != "http":
        raise RuntimeError("no lifespan")
    if scope["path"] == "/slow":
        await asyncio.sleep(0.3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{scope['path']} {scope['client']}".encode()})
"""
WSGI = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]
"""
LIFESPAN_FAILS = """
async def application(scope, receive, send):
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "no database today"})
"""


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    async with asyncio.timeout(30), Supervisor(boot_attempts=2) as running:
        yield running


async def started(supervisor: Supervisor, folder: Path, source: str, target: str = "shop:application") -> Path:
    """Start the worker; returns the path of its socket."""
    (folder / "shop.py").write_text(source)
    path = folder / "app.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        orders = msgspec.json.encode(Orders(target, str(folder), listener.fileno(), grace=5))
        launch = Launch("pogoproxy.hosting.app_worker", fds=(listener.fileno(),), orders=orders, directory=str(folder))
        supervisor.want(Role(f"app {target}", (launch,)))
        await supervisor.until_ready([f"app {target}#1"])
    return path


async def get(path: Path, target: str) -> bytes:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(
        f"GET {target} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await reader.read()
    writer.close()
    return answer


async def test_an_asgi_application_serves_and_sees_the_client(supervisor: Supervisor, tmp_path: Path) -> None:
    path = await started(supervisor, tmp_path, ASGI)
    assert b"/x ('192.0.2.7', 0)" in await get(path, "/x")


async def test_a_wsgi_application_serves(supervisor: Supervisor, tmp_path: Path) -> None:
    path = await started(supervisor, tmp_path, WSGI)
    assert b"/cart" in await get(path, "/cart")


async def test_a_running_request_is_finished_at_the_end(supervisor: Supervisor, tmp_path: Path) -> None:
    path = await started(supervisor, tmp_path, ASGI)
    request = asyncio.create_task(get(path, "/slow"))
    while not request.done():
        await asyncio.sleep(0.05)
        if supervisor.table.crews:
            await supervisor.retire(["app shop:application#1"], grace=10)
    assert (await request).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("source", "target", "reason"),
    [
        (ASGI, "missing:application", "cannot import missing: no module named 'missing'"),
        (ASGI, "shop:nothing", "module shop has no attribute 'nothing'"),
        ("import missing_library", "shop:application", "cannot import shop: No module named 'missing_library'"),
        ("1 / 0", "shop:application", "cannot import shop: ZeroDivisionError: division by zero"),
        ("def application(*_): ...", "shop:application", "its interface cannot be told"),
        (LIFESPAN_FAILS, "shop:application", "its lifespan start-up failed"),
    ],
)
async def test_why_an_application_does_not_start_is_one_clear_line(
    supervisor: Supervisor, tmp_path: Path, source: str, target: str, reason: str
) -> None:
    with pytest.raises(ProcessError, match=f"app {target}: {reason}") as failure:
        await started(supervisor, tmp_path, source, target)
    assert "\n" not in str(failure.value)


async def test_the_traceback_is_the_applications_own_and_shown_once(
    supervisor: Supervisor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProcessError):
        await started(supervisor, tmp_path, "def check():\n    1 / 0\n\ncheck()\n")
    assert caplog.text.count("Traceback") == 1
    assert "loading.py" not in caplog.text
    assert 'shop.py", line 4' in caplog.text


async def test_a_failed_lifespan_shows_what_the_application_said(
    supervisor: Supervisor, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    with pytest.raises(ProcessError):
        await started(supervisor, tmp_path, LIFESPAN_FAILS)
    assert caplog.text.count("no database today") == 1
