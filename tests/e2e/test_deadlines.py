"""One deadline for a request and all that it started: `app { timeout }`, on the real binary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, eventually
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin off
    pogo {
        worker tasks
        num_threads 2
        cancel_grace 300ms
        pool inner {
            worker tasks
            num_threads 2
        }
    }
}
:PORT {
    handle /wsgi/* {
        app wsgi_shop:application {
            workers 1
            timeout 2s
        }
    }
    app shop:application {
        workers 1
        timeout 2s
    }
}
"""
SHOP = asgi("""
import asyncio
from pogoproxy import deadline, spawn

async def answer(path):
    match path:
        case "/sleep":
            await asyncio.sleep(60)
        case "/wait":
            await spawn("Outer", {"seconds": 60})
        case "/left":
            return [deadline(), *await spawn("Left")]
        case "/broken":
            spawn("Outer", {"seconds": 60})
            await asyncio.sleep(0.3)
            raise ValueError("broken")
""")
WSGI_SHOP = """
from pogoproxy import spawn

def application(environ, start_response):
    spawn("Outer", {"seconds": 60}).result()
"""
TASKS = """
import time
from pathlib import Path
from pogoproxy import deadline, spawn

class Outer:
    def handle(self, args):
        spawn("Inner", args, pool="inner").result()

class Inner:
    def handle(self, args):
        try:
            time.sleep(args["seconds"])
        except BaseException as end:
            Path("ended").write_text(type(end).__name__)
            raise

class Left:
    def handle(self, args):
        return [deadline(), spawn("LeftInside", pool="inner").result()]

class LeftInside:
    def handle(self, args):
        return deadline()
"""


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path) -> Server:
    write_modules(tmp_path, shop=SHOP, wsgi_shop=WSGI_SHOP, tasks=TASKS)
    return serve(CADDYFILE)


@pytest.mark.parametrize("path", ["/wait", "/wsgi/wait"])
def test_a_request_s_timeout_ends_its_jobs_and_what_they_spawned(shop: Server, tmp_path: Path, path: str) -> None:
    assert shop.get(path, timeout=20).status == 504
    assert eventually((tmp_path / "ended").exists)
    assert shop.get("/").status == 200


def test_a_request_without_jobs_ends_in_time_as_well(shop: Server) -> None:
    assert shop.get("/sleep", timeout=20).status == 504
    assert "Traceback" not in shop.log


def test_the_deadline_shrinks_on_its_way_into_nested_jobs(shop: Server) -> None:
    left = json.loads(shop.get("/left").body)
    assert 2.0 >= left[0] >= left[1] >= left[2] > 0


def test_a_handler_that_fails_leaves_no_job_behind(shop: Server, tmp_path: Path) -> None:
    assert shop.get("/broken").status == 500
    assert eventually((tmp_path / "ended").exists)
