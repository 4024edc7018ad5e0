"""What a pool's settings do, on the real binary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pogoproxy.cli import main
from tests.e2e.conftest import Server, free_port
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin localhost:ADMIN
    pogo {
        worker tasks
        num_threads 1
        max_jobs 2
        queue 5
        max_size 4KiB
        cancel_grace 200ms
        max_tasks 20
        pool crowd {
            worker tasks
            num_threads 8
            processes 2
        }
    }
}
:PORT {
    app shop:application {
        workers 1
    }
}
"""
SHOP = asgi("""
import asyncio, time
from pogoproxy import spawn, wait_all

async def answer(path):
    match path:
        case "/crowd":
            return await wait_all([spawn("Who", {"seconds": 0.2}, pool="crowd") for _ in range(8)])
        case "/recycle":
            return [await spawn("Who") for _ in range(4)]
        case "/full":
            return await wait_all([spawn("Who", {"seconds": 0.2}) for _ in range(12)])
        case "/many":
            return [spawn("Who", pool="crowd") for _ in range(21)]
        case "/stubborn":
            spawn("Stubborn")
            await asyncio.sleep(0.05)
        case "/die":
            return list(map(repr, await wait_all([spawn("Die", {"n": time.monotonic()})], return_errors=True)))
        case "/who":
            begin = time.monotonic()
            await spawn("Who").wait(timeout=25)
            return time.monotonic() - begin
        case "/large":
            return list(map(str, await wait_all([spawn("Large")], return_errors=True)))
""")
TASKS = """
import os, time

class Who:
    def handle(self, args):
        time.sleep(args.get("seconds", 0))
        return os.getpid()

class Stubborn:
    def handle(self, args):
        while True:
            try:
                time.sleep(0.01)
            except BaseException:
                pass

class Die:
    def handle(self, args):
        os._exit(1)

class Large:
    def handle(self, args):
        return "x" * 5000
"""


def test_settings_of_pools(serve: Callable[..., Server], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    admin = free_port()
    server = serve(CADDYFILE.replace("ADMIN", str(admin)))

    crowd = server.get("/crowd").json()
    assert sorted(crowd.count(pid) for pid in set(crowd)) == [4, 4]

    recycled = server.get("/recycle").json()
    assert max(recycled.count(pid) for pid in recycled) <= 2

    full = server.get("/full")
    assert full.status == 503
    assert full.headers["Retry-After"] == "1"

    assert server.get("/many").status == 503, "a request may have 20 open"

    assert "exceed the limit of 4096" in server.get("/large").text

    assert main(["pools", "--address", f"localhost:{admin}"]) == 0
    shown = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    assert shown["crowd"][1] == "8"
    assert int(shown["crowd"][8]) >= 8, "all eight are done"
    assert int(shown["default"][-1]) >= 1, "max_jobs had a worker replaced"
    assert int(shown["default"][12]) >= 6, "a queue of five and one slot refused the others"


@pytest.mark.parametrize("path", ["/stubborn", "/die"])
def test_a_slot_is_free_soon_however_often_its_job_ends_badly(
    serve: Callable[..., Server], tmp_path: Path, path: str
) -> None:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    server = serve(CADDYFILE.replace("ADMIN", str(free_port())))
    for _ in range(8):  # with a backoff that doubles, the last would take longer than six seconds
        server.get(path, timeout=30)
        answer = server.get("/who", timeout=30)
        assert answer.status == 200, (answer, server.log)
        assert answer.json() < 5.0
