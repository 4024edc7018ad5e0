"""Pools that grow under load, workers that are replaced, and pools that nobody serves; on the real binary."""

from __future__ import annotations

import http.client
import json
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.cli import main
from tests.e2e.conftest import Server, eventually, free_port
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin localhost:ADMIN
    pogo {
        worker tasks
        num_threads 1
        max_threads 3
        pool large {
            worker tasks
            num_threads 1
            max_memory 100MiB
        }
        pool broken {
            command sh -c "test -e broken && exit 1; exec PYTHON -m pogoproxy.jobs.worker"
            env POGO_WORKER tasks
            num_threads 1
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
from pogoproxy import spawn, wait_all

async def answer(path):
    match path:
        case "/crowd":
            return await wait_all([spawn("Who", {"seconds": 1.0}) for _ in range(9)])
        case "/grow":
            return await spawn("Grow", pool="large")
        case "/large":
            return await spawn("Who", pool="large")
        case "/broken":
            return await spawn("Who", pool="broken")
        case "/die":
            return repr((await wait_all([spawn("Die", pool="broken")], return_errors=True))[0])
""")
TASKS = """
import os, time
kept = []

class Who:
    def handle(self, args):
        time.sleep(args.get("seconds", 0))
        return os.getpid()

class Grow:
    def handle(self, args):
        kept.append(b"x" * (200 << 20))
        return os.getpid()

class Die:
    def handle(self, args):
        os._exit(9)
"""


@pytest.fixture
def admin() -> int:
    return free_port()


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path, admin: int) -> Server:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    return serve(CADDYFILE.replace("ADMIN", str(admin)).replace("PYTHON", sys.executable))


def test_a_pool_grows_while_jobs_wait_but_not_beyond_its_limit(
    shop: Server, admin: int, capsys: pytest.CaptureFixture[str]
) -> None:
    pids = shop.get("/crowd", timeout=30).json()
    assert 1 < len(set(pids)) <= 3
    assert main(["pools", "--address", f"localhost:{admin}"]) == 0
    shown = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines()}
    assert int(shown["default"][1]) == len(set(pids)), "the calm comes later"


def test_a_worker_that_has_grown_too_large_is_replaced_and_no_request_notices(shop: Server) -> None:
    large = shop.get("/grow", timeout=30).json()
    answers: list[Any] = []

    def is_replaced() -> bool:
        answers.append(shop.get("/large", timeout=30))
        return bool(answers[-1].json() != large)

    assert eventually(is_replaced, 20)
    assert {answer.status for answer in answers} == {200}
    assert "exited" not in shop.log


def health(admin: int) -> tuple[int, dict[str, Any]]:
    """The status of the admin API's answer, and what it says of the pool `broken`."""
    connection = http.client.HTTPConnection("localhost", admin, timeout=20)
    connection.request("GET", "/pogo/health")
    answer = connection.getresponse()
    roles = {role["role"]: role for role in json.load(answer)["roles"]}
    connection.close()
    return answer.status, roles["pool broken"]


def test_a_pool_whose_workers_cannot_start_refuses_within_seconds_and_recovers(
    shop: Server, admin: int, tmp_path: Path
) -> None:
    assert shop.get("/broken").status == 200
    (tmp_path / "broken").touch()
    assert "exited with code 9" in shop.get("/die").json()
    with ThreadPoolExecutor(1) as background:
        waiting = background.submit(shop.get, "/broken", timeout=25)
        answer = waiting.result(timeout=25)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert shop.get("/broken", timeout=2).status == 503, "the next one is refused at once"
    status, role = health(admin)
    assert (status, role["ready"]) == (503, 0)
    assert "ended with 1" in role["last_failure"]
    (tmp_path / "broken").unlink()
    assert eventually(lambda: shop.get("/broken", timeout=10).status == 200, 20)
    assert health(admin)[0] == 200
    assert json.loads(shop.get("/crowd", timeout=30).body)
