"""Every process of the tree killed in its turn: replaced, the others unharmed, its loss told clearly."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, command_line, descendants, eventually, is_alive
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

CADDYFILE = """
{
    admin off
    pogo {
        worker tasks
        num_threads 4
        pool cpu {
            worker tasks
            num_threads 2
        }
    }
}
:PORT {
    app shop:application {
        workers 2
    }
}
"""
SHOP = asgi("""
import asyncio, os
from pathlib import Path
from pogoproxy import JobError, spawn

async def answer(path):
    if path == "/sleep":
        Path("asleep").write_text(str(os.getpid()))
        await asyncio.sleep(2)
    if path in ("/job", "/family"):
        try:
            return await spawn("Sleep" if path == "/job" else "Family", 60)
        except JobError as error:
            return {"error": type(error).__name__, "text": str(error)}
    if path == "/fan-out":
        return [await task for task in [spawn("Sleep", 0.25), spawn("Sleep", 0.25), spawn("Sleep", 0.25, pool="cpu")]]
    return os.getpid()
""")
TASKS = """
import os, subprocess, time
from pathlib import Path

class Sleep:
    def handle(self, seconds):
        Path("asleep").write_text(str(os.getpid()))
        time.sleep(seconds)
        return os.getpid()

class Family(Sleep):
    def handle(self, seconds):
        subprocess.Popen(["sleep", str(seconds)])
        return super().handle(seconds)
"""


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path) -> Server:
    write_modules(tmp_path, shop=SHOP, tasks=TASKS)
    return serve(CADDYFILE)


def pids(server: Server, role: str) -> list[int]:
    """The living processes of a role, by what the log says of it last."""
    line = re.compile(rf'"msg":"ready","role":"{role}[^"]*","generation":\d+,"pids":\[([\d,]*)\]')
    assert eventually(lambda: line.search(server.log) is not None)
    living = set(descendants(server.process.pid))
    return [pid for pid in map(int, line.findall(server.log)[-1].split(",")) if pid in living]


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def asleep(folder: Path) -> int:
    """The worker that sleeps, in a job or in a request, once it does."""
    file = folder / "asleep"
    assert eventually(lambda: file.exists() and file.read_text() != "")
    return int(file.read_text())


def replaced(server: Server, role: str, killed: int, count: int) -> bool:
    return eventually(lambda: len(pids(server, role)) == count and killed not in pids(server, role))


def test_three_jobs_take_as_long_as_one(shop: Server) -> None:
    results = shop.get("/fan-out").json()
    assert set(results[:2]) <= set(pids(shop, "pool default"))
    assert results[2] in pids(shop, "pool cpu")
    started = time.monotonic()
    shop.get("/fan-out")
    assert time.monotonic() - started < 0.6


def test_both_app_workers_answer(shop: Server, background: ThreadPoolExecutor) -> None:
    slow = background.submit(shop.get, "/sleep")
    answered = {shop.get().json() for _ in range(20)}
    assert answered <= set(pids(shop, "app"))
    assert slow.result().status == 200


def test_a_killed_front_is_replaced_and_requests_go_on(shop: Server) -> None:
    for killed in pids(shop, "front"):
        os.kill(killed, signal.SIGKILL)
        assert shop.get().status == 200
        assert replaced(shop, "front", killed, count=len(os.sched_getaffinity(0)))
    assert '"exit":"SIGKILL"' in shop.log


def test_a_killed_app_worker_costs_the_request_it_held_and_no_other(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    held = background.submit(shop.post, "/sleep")
    killed = asleep(tmp_path)
    assert killed in pids(shop, "app")
    os.kill(killed, signal.SIGKILL)
    assert all(shop.get().status == 200 for _ in range(20))
    assert held.result().status == 502
    assert replaced(shop, "app", killed, count=2)
    assert re.search(
        rf'"exited","role":"app shop:application","generation":1,"pid":{killed},"exit":"SIGKILL"', shop.log
    )


def test_a_killed_pool_worker_costs_its_task_which_says_how(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    held = background.submit(shop.get, "/job")
    killed = asleep(tmp_path)
    os.kill(killed, signal.SIGKILL)
    error = held.result().json()
    assert error["error"] == "TaskLost"
    assert "SIGKILL" in error["text"]
    assert replaced(shop, "pool default", killed, count=4)
    assert len(shop.get("/fan-out").json()) == 3


def test_a_killed_template_is_replaced_and_jobs_go_on(shop: Server) -> None:
    (killed,) = pids(shop, "template")
    workers = pids(shop, "pool default")
    os.kill(killed, signal.SIGKILL)
    assert len(shop.get("/fan-out").json()) == 3
    assert replaced(shop, "template", killed, count=1)
    assert pids(shop, "pool default") == workers


def test_a_server_that_was_frozen_as_a_whole_goes_on(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """As when its host or its container is suspended."""
    held = background.submit(shop.get, "/sleep", timeout=30)
    asleep(tmp_path)
    tree = [shop.process.pid, *descendants(shop.process.pid)]
    for pid in tree:
        os.kill(pid, signal.SIGSTOP)
    waiting = background.submit(shop.get, "/fan-out", timeout=30)
    assert not eventually(waiting.done, timeout=1.5)
    for pid in tree:
        os.kill(pid, signal.SIGCONT)
    assert (held.result().status, waiting.result().status) == (200, 200)
    assert [shop.process.pid, *descendants(shop.process.pid)] == tree


def test_nothing_is_left_two_seconds_after_the_parent_was_killed(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path, serve: Callable[..., Server]
) -> None:
    held = background.submit(shop.get, "/family")
    asleep(tmp_path)
    tree = descendants(shop.process.pid)
    assert len(tree) > 10
    assert any(command_line(pid).startswith("sleep") for pid in tree), "a job's own child"
    shop.stop(signal.SIGKILL)
    assert eventually(lambda: not any(is_alive(pid) for pid in tree), timeout=2)
    wait([held], timeout=5)
    assert held.done()
    (tmp_path / "asleep").unlink()
    assert serve(CADDYFILE, port=shop.port).get().status == 200


def test_a_running_request_is_finished_before_the_end(
    shop: Server, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    held = background.submit(shop.get, "/sleep")
    asleep(tmp_path)
    tree = descendants(shop.process.pid)
    assert shop.stop() == 0, shop.log
    assert held.result().status == 200
    assert not any(Path(f"/proc/{pid}").exists() for pid in tree)
    with pytest.raises(OSError, match="refused"):
        shop.get()


def test_a_second_signal_ends_it_at_once(shop: Server, background: ThreadPoolExecutor, tmp_path: Path) -> None:
    held = background.submit(shop.get, "/job")
    asleep(tmp_path)
    tree = descendants(shop.process.pid)
    shop.process.send_signal(signal.SIGTERM)
    assert eventually(lambda: "stopping" in shop.log)
    assert not eventually(lambda: shop.process.poll() is not None, timeout=0.4)
    assert shop.stop(signal.SIGTERM, timeout=3) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in tree)
    assert held.exception() is not None


def test_requests_learn_of_the_stop_to_come_during_the_shutdown_delay(serve: Callable[..., Server]) -> None:
    site = serve("""
        {
            admin off
            shutdown_delay 3s
        }
        http://127.0.0.1:PORT {
            respond "{http.shutting_down} {http.time_until_shutdown}"
        }
        """)
    assert site.get().text == "false "
    site.process.terminate()
    assert eventually(lambda: site.get().text.startswith("true "))
    assert re.fullmatch(r"true ([0-2]\.\d+s|\d+(\.\d+)?ms)", site.get().text)
    assert site.process.wait(30) == 0
