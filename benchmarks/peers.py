"""The servers that are compared: how each is run with its configuration, and what its processes cost."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")

_NGINX = """
daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log; worker_processes %s;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    %s
}}
"""


def nginx(http: str, *, workers: str = "auto") -> str:
    """A configuration of nginx with these lines in `http`, still with its places for `folder`, `name` and ports."""
    return _NGINX % (workers, http.strip())


_UPSTREAM = nginx(
    "server {{ listen 127.0.0.1:{port} backlog=4096; default_type text/plain; root {folder}/www; }}", workers="1"
)


@dataclass(frozen=True)
class Peer:
    """A running server."""

    pid: int
    port: int


@dataclass(frozen=True)
class Stage:
    """Where the servers of a run live, until `stack` is closed."""

    folder: Path
    stack: contextlib.ExitStack
    caddy: str = "caddy"

    def start(self, server: str, config: str, *, name: str = "", probe: int = 0, **ports: int) -> Peer:
        """Start `nginx`, `haproxy`, `caddy` or `pogoproxy` on a port of its own, and wait until it answers.

        The configuration is filled with `folder`, `name`, `port`, `probe` and other ports. `probe` is the port that is
        asked, where the one that is compared does not speak HTTP/1.
        """
        name = name or server
        port = free_port()
        probe = probe or port
        file = self.folder / f"{name}.conf"
        file.write_text(config.format(folder=self.folder, name=name, port=port, probe=probe, **ports))
        return Peer(self.run(name, self._command(server, file), probe), port)

    def run(self, name: str, command: list[str], port: int) -> int:
        """The process id of any other server, from when it answers on the port."""
        return self.stack.enter_context(running(command, port, self.folder / f"{name}.out"))

    def start_upstream(self, body: bytes) -> int:
        """The port of an nginx that answers with `body`."""
        self.folder.chmod(0o755)
        (self.folder / "www").mkdir()
        (self.folder / "www" / "index.html").write_bytes(body)
        return self.start("nginx", _UPSTREAM, name="upstream").port

    def _command(self, server: str, file: Path) -> list[str]:
        commands = {
            "nginx": ["nginx", "-p", str(self.folder), "-c"],
            "haproxy": ["haproxy", "-db", "-f"],
            "caddy": [self.caddy, "run", "--adapter", "caddyfile", "--config"],
            "pogoproxy": [sys.executable, "-m", "pogoproxy", "run"],
        }
        return [*commands[server], str(file)]


def options(description: str, *, connections: int, rounds: int = 5, seconds: int = 2) -> argparse.ArgumentParser:
    """What all comparisons let one choose."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seconds", type=int, default=seconds, help="of each round")
    parser.add_argument("--connections", type=int, default=connections)
    parser.add_argument("--caddy", default=os.environ.get("CADDY") or shutil.which("caddy") or "caddy")
    return parser


def free_port() -> int:
    """A port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[int]:
    """The process id of the command, from when it answers on the port until it has stopped."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
    try:
        _wait_for(port, process, log)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.sendall(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            if b" 200 " in probe.recv(100):
                return
        time.sleep(0.05)
    raise SystemExit(f"{process.args} does not answer:\n{log.read_text(errors='replace')}")


def tree(pid: int) -> list[int]:
    """The process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    below = [int(child) for child in children.read_text().split()] if children.exists() else []
    return [pid, *(one for child in below for one in tree(child))]


def cpu_seconds(pid: int) -> float:
    """CPU time of the process and all below it."""
    total = 0
    for one in tree(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICK


def memory(pid: int) -> int:
    """Bytes of memory of the process and all below it; what several share counts for each in part (PSS)."""
    said = "".join(Path(f"/proc/{one}/smaps_rollup").read_text() for one in tree(pid))
    return sum(map(int, re.findall(r"(?m)^Pss: +(\d+) kB", said))) * 1024
