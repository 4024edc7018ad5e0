"""What does a client cost that was answered and stays? Memory of idle keep-alive connections, beside nginx and Caddy.

    python benchmarks/idle.py [--connections 10000]

Each proxy is warmed up, then gets so many clients with one request each. Prints by how much the memory (proportional
set size) of its process tree has grown, for each connection. Needs as many open files as there are connections.
"""

from __future__ import annotations

import contextlib
import resource
import socket
import tempfile
import time
from pathlib import Path

import peers
from peers import Peer, Stage, memory, nginx
from proxy_small import CADDYFILE, load

NGINX = nginx(
    """
    keepalive_timeout 600s; upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
    """,
    workers="8",
)

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a client that says who it is\r\nAccept: */*\r\n\r\n"


def clients(port: int, count: int, stack: contextlib.ExitStack) -> None:
    """So many connections that have had an answer and stay open."""
    for _ in range(count):
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
        client.sendall(REQUEST)
        if not client.recv(4096).startswith(b"HTTP/1.1 200"):
            raise SystemExit("not answered")


def measure(peer: Peer, count: int) -> float:
    """Bytes a connection."""
    load(peer.port, 2, 64)
    time.sleep(1)
    before = memory(peer.pid)
    with contextlib.ExitStack() as stack:
        clients(peer.port, count, stack)
        time.sleep(2)
        return (memory(peer.pid) - before) / count


def main() -> None:
    """Ask one after the other, print a line for each."""
    options = peers.options(__doc__ or "", connections=10_000).parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        upstream = Stage(Path(name), stack).start_upstream(b"hello, world")
        for server, config in {"nginx": NGINX, "caddy": CADDYFILE, "pogoproxy": CADDYFILE}.items():
            with contextlib.ExitStack() as one:
                peer = Stage(Path(name), one, options.caddy).start(server, config, upstream=upstream)
                found[server] = measure(peer, options.connections)
    for server, size in found.items():
        print(f"{server:10} {size / 1024:6.1f} KiB a connection  {size / found['caddy']:.2f} of Caddy")


if __name__ == "__main__":
    main()
