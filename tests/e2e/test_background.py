"""`start`, `reload` and `stop`, as they are typed one after another."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import eventually, free_port

pytestmark = pytest.mark.e2e

CADDYFILE = "{\n\tadmin localhost:ADMIN\n}\n:PORT {\n\trespond first\n}\n"
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def caddyfile(tmp_path: Path) -> Path:
    path = tmp_path / "Caddyfile"
    path.write_text(CADDYFILE.replace("ADMIN", str(free_port())).replace("PORT", str(free_port())))
    return path


@pytest.fixture
def pogoproxy(caddyfile: Path) -> Iterator[Command]:
    """Run a command in the Caddyfile's folder; whatever is in the background is stopped at the end."""

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        # Files instead of pipes, which a process in the background would hold open.
        with (caddyfile.parent / "out").open("w+") as out, (caddyfile.parent / "err").open("w+") as err:
            line = [sys.executable, "-m", "pogoproxy", *words]
            done = subprocess.run(line, cwd=caddyfile.parent, stdout=out, stderr=err, timeout=60, check=False)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(line, done.returncode, out.read(), err.read())

    yield command
    command("stop")


def answer(caddyfile: Path) -> str:
    port = int(caddyfile.read_text().partition("\n:")[2].partition(" ")[0])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return client.makefile().read().rpartition("\n")[2]
    except OSError:
        return ""


def test_start_reload_and_stop(pogoproxy: Command, caddyfile: Path) -> None:
    started = pogoproxy("start")
    assert started.returncode == 0, started.stderr
    assert answer(caddyfile) == "first"
    caddyfile.write_text(caddyfile.read_text().replace("first", "second"))
    assert pogoproxy("reload").returncode == 0
    assert answer(caddyfile) == "second"
    assert pogoproxy("stop").returncode == 0
    assert eventually(lambda: answer(caddyfile) == "")


def test_start_says_why_it_cannot(pogoproxy: Command, caddyfile: Path) -> None:
    caddyfile.write_text(caddyfile.read_text().replace("respond first", "app missing:application"))
    started = pogoproxy("start")
    assert started.returncode == 1
    assert "Error: app missing:application: cannot import missing" in started.stderr


def test_a_reload_that_cannot_be_says_why(pogoproxy: Command, caddyfile: Path) -> None:
    assert pogoproxy("start").returncode == 0
    caddyfile.write_text(caddyfile.read_text().replace("respond first", "app missing:application"))
    reloaded = pogoproxy("reload")
    assert reloaded.returncode == 1
    assert reloaded.stderr.startswith("Error: app missing:application: cannot import missing")
    assert answer(caddyfile) == "first"


def test_without_a_server_reload_and_stop_say_so(pogoproxy: Command) -> None:
    for command in ("reload", "stop"):
        done = pogoproxy(command)
        assert done.returncode == 1
        assert done.stderr.startswith("Error: no server answers at localhost:")


def test_the_admin_api_may_be_a_unix_socket(pogoproxy: Command, caddyfile: Path) -> None:
    path = caddyfile.parent / "admin.sock"
    text = re.sub(r"admin localhost:\d+", f"admin unix/{path}", caddyfile.read_text())
    caddyfile.write_text(text)
    assert pogoproxy("start").returncode == 0
    caddyfile.write_text(text.replace("first", "second"))
    assert pogoproxy("reload").returncode == 0
    assert answer(caddyfile) == "second"
    assert pogoproxy("stop").returncode == 0
