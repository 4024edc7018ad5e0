"""What happens to jobs when their request ends in another way than by its answer, and to requests without a worker."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, descendants, eventually
from tests.e2e.shops import asgi, write_modules

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
    handle /wsgi/* {
        app wsgi_shop:application {
            workers 1
        }
    }
    handle {
        app shop:application {
            workers 1
        }
    }
}
"""
SHOP = asgi("""
import os
from pogoproxy import JobError, spawn

async def answer(path):
    if path == "/die":
        os._exit(1)
    if path == "/lose":
        await spawn("Die")
    if path == "/forget":
        spawn("Sleep")
    return await spawn("Sleep") if path == "/wait" else os.getpid()
""")
WSGI_SHOP = """
from pogoproxy import spawn

def application(environ, start_response):
    if environ["PATH_INFO"] == "/wsgi/wait":
        spawn("Sleep").result()
    if environ["PATH_INFO"] == "/wsgi/forget":
        spawn("Sleep")
    start_response("200 OK", [])
    return [b"ok"]
"""
TASKS = """
import os, subprocess, time
from pathlib import Path

class Sleep:
    def handle(self, args):
        Path("running").touch()
        try:
            time.sleep(60)
        except BaseException as end:
            Path("ended").write_text(type(end).__name__)
            raise

class Die:
    def handle(self, args):
        os._exit(7)

class Orphan:
    def handle(self, args):
        subprocess.run(["sh", "-c", "sleep 0.1 &"])
"""


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path) -> Server:
    write_modules(tmp_path, shop=SHOP, wsgi_shop=WSGI_SHOP, tasks=TASKS)
    return serve(CADDYFILE)


@pytest.mark.parametrize("path", ["/wait", "/wsgi/wait"])
def test_a_client_that_leaves_cancels_the_job_it_waited_for(shop: Server, tmp_path: Path, path: str) -> None:
    with socket.create_connection(("127.0.0.1", shop.port)) as client:
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert eventually((tmp_path / "running").exists)
    assert eventually((tmp_path / "ended").exists, timeout=5), shop.log
    assert eventually(lambda: (tmp_path / "ended").read_text() == "JobCancelled")
    assert shop.get().status == 200


@pytest.mark.parametrize("path", ["/forget", "/wsgi/forget"])
def test_a_job_that_nobody_awaited_is_cancelled_with_its_request(shop: Server, tmp_path: Path, path: str) -> None:
    assert shop.get(path).status == 200
    # It was cancelled in the queue, or as soon as it ran.
    assert not (tmp_path / "running").exists() or eventually((tmp_path / "ended").exists, timeout=5)


def test_a_lost_job_that_the_handler_lets_escape_is_502(shop: Server) -> None:
    assert shop.get("/lose").status == 502


def test_an_app_in_a_crash_loop_answers_503_soon_and_recovers(shop: Server, tmp_path: Path) -> None:
    source = (tmp_path / "shop.py").read_text()
    (tmp_path / "shop.py").write_text("raise ValueError('broken')")
    assert shop.post("/die").status == 502
    assert eventually(lambda: shop.get(timeout=30).status == 503, 20)
    assert shop.get("/wsgi/x").status == 200
    assert shop.log.count("ValueError: broken\\n") <= 2
    (tmp_path / "shop.py").write_text(source)
    assert eventually(lambda: shop.get(timeout=30).status == 200, 30), shop.log


def test_sockets_are_for_this_user_alone(shop: Server) -> None:
    (folder,) = {
        fd.readlink().parent for fd in Path(f"/proc/{shop.process.pid}/fd").iterdir() if fd.readlink().name == "lock"
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    sockets = [path for path in folder.iterdir() if path.is_socket()]
    assert len(sockets) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in sockets} == {0o600}
    assert shop.stop() == 0
    assert not folder.exists()


def test_no_zombie_is_left_of_a_stranger(serve: Callable[..., Server], tmp_path: Path) -> None:
    """A job leaves a process behind; when it ends, it is ours to reap."""
    shop = SHOP.replace('spawn("Die")', 'spawn("Orphan")')
    write_modules(tmp_path, shop=shop, wsgi_shop=WSGI_SHOP, tasks=TASKS)
    server = serve(CADDYFILE)
    before = set(descendants(server.process.pid))
    assert server.get("/lose").status == 200
    assert eventually(lambda: set(descendants(server.process.pid)) <= before)


def test_a_stop_signal_to_a_worker_alone_replaces_it(shop: Server) -> None:
    (killed,) = {int(shop.get().text) for _ in range(3)}
    os.kill(killed, signal.SIGTERM)
    assert eventually(lambda: int(shop.get().text) != killed)


def test_a_pool_worker_is_replaced_after_its_jobs_without_a_word(serve: Callable[..., Server], tmp_path: Path) -> None:
    shop = SHOP.replace('spawn("Sleep") if path == "/wait"', 'spawn("Who") if True')
    tasks = "import os\nclass Who:\n    def handle(self, args):\n        return os.getpid()\n"
    write_modules(tmp_path, shop=shop, wsgi_shop=WSGI_SHOP, tasks=tasks)
    server = serve(CADDYFILE.replace("num_threads 1", "num_threads 2\n        max_jobs 1"))
    pids = [server.get().text for _ in range(8)]
    assert len(set(pids)) == len(pids)
    assert "exited" not in server.log
