"""The real binary on a Caddyfile: started in a folder of its own, asked over HTTP, killed in parts, stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

READY = 30.0
"""Seconds that a server may take to answer its first request, on a busy machine."""


@dataclass(frozen=True)
class Answer:
    """One response, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Server:
    """`pogoproxy run` on `caddyfile`, in which `PORT` stands for a free port. Its output is in `log`."""

    def __init__(self, folder: Path, caddyfile: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self._log = folder / "server.log"
        config = folder / "Caddyfile"
        config.write_text(caddyfile.replace("PORT", str(self.port)))
        command = [sys.executable, "-m", "pogoproxy", "run", config]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def get(self, path: str = "/", headers: dict[str, str] | None = None, timeout: float = 10.0) -> Answer:
        """One request on a connection of its own."""
        return self.request("GET", path, headers, timeout)

    def post(self, path: str) -> Answer:
        """The same with another method, which is never sent twice."""
        return self.request("POST", path)

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, timeout: float = 10.0) -> Answer:
        """One request without a body on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, headers={"Connection": "close", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def wait_until_ready(self) -> None:
        """Wait for the ready line, after which a request must be answered; fail with the log if it ends instead."""

        def is_serving() -> bool:
            assert self.process.poll() is None, self.log
            return re.search(rf"serving [^\"]*http://localhost:{self.port}\b", self.log) is not None

        assert eventually(is_serving, READY), self.log
        assert self.get().status > 0

    def processes(self, command: str = "") -> list[int]:
        """The processes below the server whose command line has `command` in it."""
        return [pid for pid in descendants(self.process.pid) if command in command_line(pid)]

    def stop(self, signal_number: int = signal.SIGTERM, timeout: float = 20.0) -> int:
        """Send a signal and return the exit status."""
        self.process.send_signal(signal_number)
        return self.process.wait(timeout)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def eventually(is_true: Callable[[], bool], timeout: float = 10.0) -> bool:
    """Poll a condition that another process will bring about."""
    deadline = time.monotonic() + timeout
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def descendants(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *descendants(child))]


def is_alive(pid: int) -> bool:
    """Whether the process runs; when an orphan that is dead gets reaped is the init's business."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def proportional_kib(pid: int) -> int:
    """PSS: what several processes share counts for each in part."""
    return sum(map(int, re.findall(r"(?m)^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text())))


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


@contextlib.contextmanager
def running(folder: Path, caddyfile: str, port: int | None = None) -> Iterator[Server]:
    """A server that answers, and is stopped at the end if the test has not done it."""
    server = Server(folder, caddyfile, port)
    try:
        server.wait_until_ready()
        yield server
        if server.process.poll() is None:
            server.stop()
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait(5)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """`serve(caddyfile)` starts a server in `tmp_path` and waits until it answers; it is stopped after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda caddyfile, port=None: stack.enter_context(running(tmp_path, caddyfile, port))
