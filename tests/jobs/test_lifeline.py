"""The kernel's part of the lifeline, on real processes: it cannot be shown with fakes."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

GRANDCHILD = "import time; time.sleep(60)"
CHILD = f"""
import signal, subprocess, sys
from pogoproxy.jobs.lifeline import hold
hold(int(sys.argv[1]))
signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", {GRANDCHILD!r}], stdout=subprocess.DEVNULL)
print(grandchild.pid, flush=True)
while True: pass
"""


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_gone(pids: list[int], seconds: float = 2.0) -> bool:
    deadline = time.monotonic() + seconds
    while any(map(is_running, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


def start(command: list[str], read_end: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, *command], stdout=subprocess.PIPE, pass_fds=[read_end], process_group=0)


def test_hang_up_kills_a_busy_child_and_its_grandchild(pipe: tuple[int, int]) -> None:
    read_end, write_end = pipe
    with start(["-c", CHILD, str(read_end)], read_end) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        assert is_running(child.pid)
        assert is_running(grandchild)
        os.close(write_end)
        assert child.wait(2) == -signal.SIGKILL
        assert wait_until_gone([grandchild])


def test_a_child_that_comes_late_does_not_live(pipe: tuple[int, int]) -> None:
    read_end, write_end = pipe
    os.close(write_end)
    with start(["-c", CHILD, str(read_end)], read_end) as child:
        assert child.wait(10) == -signal.SIGKILL


def test_the_wrapper_binds_a_command_that_knows_nothing(pipe: tuple[int, int]) -> None:
    read_end, write_end = pipe
    command = ["-m", "pogoproxy.jobs.lifeline", str(read_end), "sh", "-c", "echo up; sleep 60"]
    with start(command, read_end) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        os.close(write_end)
        assert child.wait(2) == -signal.SIGKILL
