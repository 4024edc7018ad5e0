"""A GiB up and a GiB down through `reverse_proxy`: what is not read waits where it came from."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, descendants, free_port, proportional_kib
from tests.tls.certificates import make

pytestmark = pytest.mark.e2e

GIB = 1 << 30
MOST = 32 * 1024
"""KiB of memory that all processes together may take for it."""

CADDYFILE = """
{
    admin off
    auto_https disable_redirects
    storage file_system FOLDER/data
    servers {
        protocols h1 h2 h2c
    }
}
http://localhost:PORT {
    reverse_proxy 127.0.0.1:UPSTREAM
}
https://localhost:SECURE {
    tls FOLDER/localhost.crt FOLDER/localhost.key
    reverse_proxy 127.0.0.1:UPSTREAM
}
"""


class Upstream:
    """Answers `/down` with so many zeros, and takes whatever it is sent."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.taken = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            while head := _head_of(client):
                self._answer(client, head)

    def _answer(self, client: socket.socket, head: bytes) -> None:
        if head.startswith(b"GET /down "):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % self._size)
            zeros = bytes(1 << 20)
            for _ in range(self._size >> 20):
                client.sendall(zeros)
        else:
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            left, buffer = int(length[1]) if length else 0, bytearray(1 << 20)
            while left and (count := client.recv_into(buffer, min(left, len(buffer)))):
                left -= count
                self.taken += count
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


def _head_of(client: socket.socket) -> bytes:
    """Up to the empty line, a byte at a time, so that the body stays in the socket."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n") and (more := client.recv(1)):
        head += more
    return bytes(head)


def growth(server: Server, command: list[str]) -> int:
    """By how many KiB the memory of all of the server's processes grows at its height while the command runs."""

    def now() -> int:
        return sum(map(proportional_kib, [server.process.pid, *descendants(server.process.pid)]))

    before = highest = now()
    with subprocess.Popen(command) as client:
        while client.poll() is None:
            highest = max(highest, now())
            with contextlib.suppress(subprocess.TimeoutExpired):
                client.wait(0.05)
    assert client.returncode == 0
    return highest - before


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")
@pytest.mark.parametrize(
    ("scheme", "protocol", "size"),
    [
        ("http", "--http1.1", GIB),
        ("http", "--http2-prior-knowledge", GIB),
        ("https", "--http1.1", GIB // 4),
        ("https", "--http2", GIB // 4),
    ],
)
def test_memory_stays_flat(serve: Callable[..., Server], tmp_path: Path, scheme: str, protocol: str, size: int) -> None:
    make("localhost").write(tmp_path, "localhost")
    secure = free_port()
    with (tmp_path / "large").open("wb") as large:
        large.truncate(size)
    with contextlib.closing(Upstream(size)) as upstream:
        caddyfile = CADDYFILE.replace("FOLDER", str(tmp_path)).replace("SECURE", str(secure))
        server = serve(caddyfile.replace("UPSTREAM", str(upstream.port)))
        curl = ["curl", "-sSfk", "--max-time", "120", protocol, "-H", "Expect:"]
        url = f"{scheme}://localhost:{server.port if scheme == 'http' else secure}"
        assert growth(server, [*curl, "-o", "/dev/null", f"{url}/down"]) < MOST
        assert growth(server, [*curl, "-T", str(tmp_path / "large"), f"{url}/up"]) < MOST
        assert upstream.taken == size
