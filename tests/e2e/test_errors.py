"""What keeps it from starting is said in one clear line, with exit status 1 and without a traceback of ours."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import free_port

pytestmark = pytest.mark.e2e

GLOBAL = "{\n\tadmin off\n}\n"
APP = GLOBAL + ":PORT {\n\tapp shop:application\n}\n"
POOL = "{\n\tadmin off\n\tpogo {\n\t\tworker tasks\n\t}\n}\n:PORT {\n\trespond ok\n}\n"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run to the end, which must come by itself."""

    def start(caddyfile: str, *, port: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "Caddyfile").write_text(caddyfile.replace("PORT", str(port or free_port())))
        return subprocess.run(
            [sys.executable, "-m", "pogoproxy", "run"],
            cwd=tmp_path,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    return start


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    return done.stderr.splitlines()[-1]


def test_a_missing_app_module(run: Run, tmp_path: Path) -> None:
    done = run(APP)
    assert last_line(done) == f"Error: app shop:application: cannot import shop: no module named 'shop' in {tmp_path}"
    assert len(done.stderr.splitlines()) == 1


def test_a_missing_attribute(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.py").touch()
    done = run(APP)
    assert done.stderr == "Error: app shop:application: module shop has no attribute 'application'\n"
    assert done.returncode == 1


def test_an_app_that_fails_shows_its_own_traceback_once_and_is_given_up(run: Run, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("print('loading')\n1 / 0\n")
    done = run(APP)
    assert last_line(done) == "Error: app shop:application: cannot import shop: ZeroDivisionError: division by zero"
    assert done.stderr.count("Traceback") == 1
    assert "pogoproxy/" not in done.stderr.replace(sys.executable, "")
    assert done.stderr.count("app shop:application[0] stdout: loading") == 6


def test_a_missing_pool_module(run: Run, tmp_path: Path) -> None:
    done = run(POOL)
    assert done.stderr == f"Error: template tasks: cannot import tasks: no module named 'tasks' in {tmp_path}\n"
    assert done.returncode == 1


def test_a_pool_whose_module_hangs_while_it_is_imported(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("import time\ntime.sleep(60)\n")
    done = run(POOL.replace("worker tasks", "worker tasks\n\t\tstartup_timeout 200ms"))
    assert last_line(done) == "Error: template tasks: still starting at its deadline"


def test_an_occupied_port(run: Run) -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        done = run(GLOBAL + ":PORT {\n\trespond ok\n}\n", port=port)
    assert done.stderr == f"Error: cannot listen on :{port}: the address is already in use by another process\n"
    assert done.returncode == 1


def test_an_unwritable_run_directory(run: Run) -> None:
    done = run(APP, XDG_RUNTIME_DIR="/proc")
    assert last_line(done).startswith("Error: cannot make a run directory in /proc/pogoproxy-")
    assert len(done.stderr.splitlines()) == 1


def test_a_mistake_in_the_caddyfile_is_shown_in_its_place(run: Run) -> None:
    done = run(":8080 {\n\trespnd ok\n}\n")
    assert done.returncode == 1
    assert "Caddyfile:2:2" in done.stderr
    assert "^^^^^^" in done.stderr
    assert "did you mean" in done.stderr
    assert "Traceback" not in done.stderr
