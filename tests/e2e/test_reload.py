"""A new config is served before the old one ends; a broken one changes nothing; no request is lost."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from tests.e2e.conftest import Server, eventually, free_port
from tests.e2e.shops import write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin off
    pogo {
        worker tasks
        num_threads 1
    }
}
:PORT {
    app shop:application {
        workers 1
    }
}
"""
SHOP = """
import asyncio
from pogoproxy import UnknownPool, spawn

VERSION = "first"

async def application(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/slow":
        await asyncio.sleep(1.5)
    pool = scope["query_string"].decode() or "default"
    try:
        body = f"{VERSION} {await spawn('Version', {}, pool=pool)}".encode()
    except UnknownPool as unknown:
        body = str(unknown).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
"""
TASKS = """
VERSION = "first"

class Version:
    def handle(self, args):
        return VERSION
"""


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path) -> Server:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    return serve(CADDYFILE)


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def change(folder: Path, old: str, new: str, *files: str) -> None:
    for file in files:
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))


def reload(server: Server, said: str, times: int = 1) -> None:
    server.process.send_signal(signal.SIGUSR1)
    assert eventually(lambda: server.log.count(said) == times, 30), server.log


def test_a_reload_brings_new_code_while_old_requests_end_with_the_old(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    slow = background.submit(shop.get, "/slow", None, 20.0)
    change(tmp_path, "first", "second", "shop.py", "tasks.py")
    reload(shop, "reloaded, serving")
    assert eventually(lambda: shop.get().text == "second second")
    assert slow.result().text == "first first"


def test_no_request_is_lost_in_reloads_under_load(shop: Server, background: ThreadPoolExecutor, tmp_path: Path) -> None:
    is_over = Event()

    def ask() -> list[int]:
        statuses = []
        while not is_over.is_set():
            statuses.append(shop.get("/", None, 20.0).status)
        return statuses

    clients = [background.submit(ask) for _ in range(3)]
    for times in (1, 2, 3):
        reload(shop, "reloaded, serving", times)
    is_over.set()
    statuses = [status for client in clients for status in client.result()]
    assert len(statuses) > 10
    assert set(statuses) == {200}


@pytest.mark.parametrize(
    ("file", "broken", "reason"),
    [
        ("Caddyfile", ":80 {\n\taap shop:application\n}\n", "unrecognized directive"),
        ("shop.py", "raise ValueError('broken')\n", "ValueError: broken"),
        ("tasks.py", "import missing_library\n", "No module named 'missing_library'"),
    ],
)
def test_what_is_broken_changes_nothing(shop: Server, tmp_path: Path, file: str, broken: str, reason: str) -> None:
    before = shop.processes()
    (tmp_path / file).write_text(broken)
    reload(shop, "reload failed, the old config stays")
    assert reason in shop.log
    assert shop.get().text == "first first"
    assert sorted(shop.processes()) == sorted(before)


def test_a_pool_may_leave_the_config_and_come_back(shop: Server, tmp_path: Path) -> None:
    without = "num_threads 1\n    }"
    with_spare = (
        "num_threads 1\n        pool spare {\n            worker tasks\n            num_threads 1\n        }\n    }"
    )
    assert shop.get("/?spare").text == 'unknown Pogo pool "spare"'
    change(tmp_path, without, with_spare, "Caddyfile")
    reload(shop, "reloaded, serving")
    assert eventually(lambda: shop.get("/?spare").text == "first first")
    change(tmp_path, with_spare, without, "Caddyfile")
    reload(shop, "reloaded, serving", 2)
    assert eventually(lambda: shop.get("/?spare").text == 'unknown Pogo pool "spare"')
    assert shop.get().text == "first first"
    change(tmp_path, without, with_spare, "Caddyfile")
    change(tmp_path, "first", "second", "tasks.py")
    reload(shop, "reloaded, serving", 3)
    assert eventually(lambda: shop.get("/?spare").text == "first second")


def test_listeners_follow_the_config(shop: Server, tmp_path: Path) -> None:
    first, second = shop.port, free_port()
    change(tmp_path, f":{first} {{", f":{first}, :{second} {{", "Caddyfile")
    reload(shop, "reloaded, serving")
    shop.port = second
    assert shop.get().status == 200
    change(tmp_path, f":{first}, ", "", "Caddyfile")
    reload(shop, "reloaded, serving", 2)
    assert shop.get().status == 200
    shop.port = first
    with pytest.raises(OSError, match="refused"):
        shop.get()
