"""How the workers of a pool are started: environment, folder, what is preloaded, another interpreter, any command."""

from __future__ import annotations

import shutil
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server, eventually
from tests.e2e.shops import asgi, write_modules

pytestmark = pytest.mark.e2e

WORKERS = Path(__file__).parent / "workers"
CADDYFILE = """
{
    pogo {
        worker tasks
        num_threads 1
        chdir jobs
        env GREETING hello
        env NAME world
        preload calendar
        pool same {
            worker tasks
            num_threads 1
            chdir jobs
            env GREETING goodbye
        }
        pool fresh {
            worker tasks
            num_threads 1
            chdir jobs
            preload off
        }
        pool other {
            worker tasks
            num_threads 2
            processes 1
            chdir jobs
            python VENV/bin/python
        }
        pool perl {
            command sh -c "echo booting >&2; perl worker.pl"
            num_threads 2
            startup_timeout 20s
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
from pogoproxy import JobError, spawn

async def answer(path):
    pool, _, job = path.strip("/").partition("/")
    try:
        return await spawn(job, {"n": 7}, pool=pool) if job else None
    except JobError as error:
        return str(error)
""")
TASKS = """
import os, sys
LOADED_BY = os.getpid()

class Where:
    def handle(self, args):
        return {
            "pid": os.getpid(), "folder": os.path.basename(os.getcwd()), "loaded_by": LOADED_BY,
            "said": [os.environ.get(name) for name in ("GREETING", "NAME")],
            "has_calendar": "calendar" in sys.modules, "prefix": sys.prefix,
            "has_libraries": _has("msgspec"),
        }

def _has(module):
    try:
        __import__(module)
    except ImportError:
        return False
    return True
"""


@pytest.fixture
def shop(serve: Callable[..., Server], tmp_path: Path) -> Server:
    write_modules(tmp_path, shop=SHOP)
    (tmp_path / "jobs").mkdir()
    write_modules(tmp_path / "jobs", tasks=TASKS)
    shutil.copy(WORKERS / "worker.pl", tmp_path)
    venv.create(tmp_path / "venv", with_pip=False)
    return serve(CADDYFILE.replace("VENV", str(tmp_path / "venv")))


def test_each_pool_s_workers_are_started_as_it_says(shop: Server, tmp_path: Path) -> None:
    def ask(pool: str) -> dict[str, Any]:
        found: dict[str, Any] = shop.get(f"/{pool}/Where").json()
        assert found["folder"] == "jobs", found
        return found

    default, same, fresh, other = map(ask, ("default", "same", "fresh", "other"))
    assert (default["said"], same["said"]) == (["hello", "world"], ["goodbye", None])
    assert default["has_calendar"], "it was preloaded"
    assert default["loaded_by"] != default["pid"], "a template loaded the module"
    assert same["loaded_by"] != default["loaded_by"], "another environment needs another template"
    assert fresh["loaded_by"] == fresh["pid"], "nothing was preloaded"
    assert other["prefix"] == str(tmp_path / "venv")
    assert not other["has_libraries"], "the worker side needs the standard library alone"


def test_a_worker_in_another_language_needs_the_documented_protocol_only(shop: Server) -> None:
    first = shop.get("/perl/Greet").json()
    assert first["pool"] == "perl"
    assert first["job"] == {"class": "Greet", "args": {"n": 7}}
    assert "booting" in shop.log

    death = shop.get("/perl/Die").json()
    assert "exited with code 4" in death, "the shell's exit code is that of its last command"
    assert eventually(lambda: len(shop.processes("worker.pl")) >= 2)
    assert shop.get("/perl/Greet").json()["pool"] == "perl"
    shop.stop()
    assert not shop.processes("worker.pl")
