"""What does a small request over HTTP/2 cost? pogoproxy, nginx and Caddy without TLS, in one run.

    python benchmarks/http2.py [--rounds 3] [--seconds 2] [--connections 4] [--streams 32] [--only pogoproxy caddy]

Two questions: `respond`, the server's own answer, and `proxy`, that of an upstream which is spoken to by HTTP/1.1.
Prints requests per second and CPU microseconds per request of the whole process tree, which is the figure to compare.
All run at once and are loaded in turn by h2load; each figure is the median of its rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

import peers
from peers import Peer, Stage, cpu_seconds, free_port, nginx

_NGINX = """
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{probe}; return 200 ok; }}
    server {{
        listen 127.0.0.1:{port} http2 backlog=4096;
        location / {{ %s }}
    }}
"""

_CADDYFILE = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
    servers {{
        protocols h1 h2c
    }}
}}
http://127.0.0.1:{port} {{
    %s
}}
"""

_QUESTIONS = {
    "respond": ("return 200 hello;", 'respond "hello"'),
    "proxy": (
        'proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";',
        "reverse_proxy 127.0.0.1:{upstream}",
    ),
}


def start(question: str, server: str, stage: Stage, upstream: int) -> Peer:
    """Start one server for one question."""
    for_nginx, directive = _QUESTIONS[question]
    config = nginx(_NGINX % for_nginx) if server == "nginx" else _CADDYFILE % directive
    # nginx speaks nothing but HTTP/2 on such a port, so another one tells whether it is there.
    probe = free_port() if server == "nginx" else 0
    return stage.start(server, config, name=f"{question}-{server}", probe=probe, upstream=upstream)


def measure(peer: Peer, seconds: int, options: argparse.Namespace) -> tuple[float, float]:
    """Load once: requests a second, and microseconds of CPU a request."""
    command = [
        "h2load",
        f"-D{seconds}",
        f"-c{options.connections}",
        f"-m{options.streams}",
        f"http://127.0.0.1:{peer.port}/",
    ]
    before = cpu_seconds(peer.pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(peer.pid) - before
    found = re.search(r"requests: .*?(\d+) done, (\d+) succeeded", said)
    assert found is not None and found[1] == found[2] != "0", said
    return int(found[1]) / seconds, used / int(found[1]) * 1e6


def main() -> None:
    """Run all, print a table."""
    parser = peers.options(__doc__ or "", rounds=3, connections=4)
    parser.add_argument("--streams", type=int, default=32, help="of each connection")
    parser.add_argument("--only", nargs="+", default=["nginx", "caddy", "pogoproxy"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        stage = Stage(Path(folder), stack, options.caddy)
        upstream = stage.start_upstream(b"hello, world")
        for question in _QUESTIONS:
            started = {server: start(question, server, stage, upstream) for server in options.only}
            report(question, started, options)


def report(question: str, started: dict[str, Peer], options: argparse.Namespace) -> None:
    """Load in turn, and print the medians."""
    rounds: dict[str, list[tuple[float, float]]] = {server: [] for server in started}
    for peer in started.values():
        measure(peer, 1, options)
    for _ in range(options.rounds):
        for server, peer in started.items():
            rounds[server].append(measure(peer, options.seconds, options))
    cpu = {server: statistics.median(used for _, used in figures) for server, figures in rounds.items()}
    for server, figures in rounds.items():
        rate = statistics.median(rate for rate, _ in figures)
        ratio = f"{cpu[server] / cpu['caddy']:.2f} of Caddy" if "caddy" in cpu else ""
        print(f"{question:8} {server:10} {rate:9,.0f} requests/s  {cpu[server]:6.1f} µs CPU  {ratio}")


if __name__ == "__main__":
    main()
