"""What a template is for: the workers of a pool share what their module has imported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, free_port, proportional_kib
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin off
    pogo {
        worker tasks
        num_threads SLOTS
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
    if path == "/work":
        await wait_all([spawn("Look", n) for n in range(200)])
""")
TASKS = """
import time
TABLE = {n: f"value {n} of a table of fifty megabytes" for n in range(290_000)}

class Look:
    def handle(self, n):
        time.sleep(0.01)
        return TABLE[n]
"""


def test_sixteen_workers_cost_little_more_than_one(serve: Callable[..., Server], tmp_path: Path) -> None:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)

    def cost(slots: int) -> int:
        server = serve(CADDYFILE.replace("SLOTS", str(slots)), port=free_port())
        assert server.get("/work", timeout=30).status == 200
        pids = server.processes("jobs.template")
        assert len(pids) == slots + 1
        total = sum(map(proportional_kib, pids))
        server.stop()
        return total

    one = cost(1)
    assert one > 50_000
    sixteen = cost(16)
    assert sixteen < 1.5 * one, "without a template it would be 16 times"
