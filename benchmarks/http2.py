"""What does a small request over HTTP/2 cost? pogoproxy, nginx and Caddy without TLS, in one run.

    python benchmarks/http2.py [--rounds 3] [--seconds 2] [--connections 4] [--streams 32] [--only pogoproxy caddy]

Two questions: `respond`, the server's own answer, and `proxy`, that of an upstream which is spoken to by HTTP/1.1.
Prints requests per second and CPU microseconds per request of the whole process tree, which is the figure to compare.
All run at once and are loaded in turn by h2load; each figure is the median of its rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from proxy_small import UPSTREAM, cpu_seconds, free_port, running

_NGINX = """
daemon off; pid {folder}/{name}.pid; error_log {folder}/{name}.log; worker_processes auto;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
    server {{ listen 127.0.0.1:{probe}; return 200 ok; }}
    server {{
        listen 127.0.0.1:{port} http2 backlog=4096;
        location / {{ %s }}
    }}
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


def commands(caddy: str) -> dict[str, tuple[str, ...]]:
    """How each server is run with its configuration."""
    return {
        "nginx": ("nginx", "-p", "{folder}", "-c", "{file}"),
        "caddy": (caddy, "run", "--config", "{file}", "--adapter", "caddyfile"),
        "pogoproxy": (sys.executable, "-m", "pogoproxy", "run", "{file}"),
    }


@dataclass(frozen=True)
class Place:
    """Where the servers of a run live."""

    folder: Path
    upstream: int
    stack: contextlib.ExitStack


def start(question: str, server: str, command: tuple[str, ...], place: Place) -> tuple[int, int]:
    """Start one server for one question; its process id and port."""
    folder = place.folder
    nginx, directive = _QUESTIONS[question]
    template = _NGINX % nginx if server == "nginx" else _CADDYFILE % directive
    port = free_port()
    # nginx speaks nothing but HTTP/2 on such a port, so another one tells whether it is there.
    probe = free_port() if server == "nginx" else port
    name = f"{question}-{server}"
    config = folder / f"{name}.conf"
    config.write_text(template.format(folder=folder, name=name, upstream=place.upstream, port=port, probe=probe))
    filled = [part.format(folder=folder, file=config) for part in command]
    return place.stack.enter_context(running(filled, probe, folder / f"{name}.out")), port


def measure(pid: int, port: int, seconds: int, options: argparse.Namespace) -> tuple[float, float]:
    """Load once: requests a second, and microseconds of CPU a request."""
    command = [
        "h2load",
        f"-D{seconds}",
        f"-c{options.connections}",
        f"-m{options.streams}",
        f"http://127.0.0.1:{port}/",
    ]
    before = cpu_seconds(pid)
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(pid) - before
    found = re.search(r"requests: .*?(\d+) done, (\d+) succeeded", said)
    assert found is not None and found[1] == found[2] != "0", said
    return int(found[1]) / seconds, used / int(found[1]) * 1e6


def main() -> None:
    """Run all, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2, help="of each round")
    parser.add_argument("--connections", type=int, default=4)
    parser.add_argument("--streams", type=int, default=32, help="of each connection")
    parser.add_argument("--caddy", default=os.environ.get("CADDY") or shutil.which("caddy") or "caddy")
    parser.add_argument("--only", nargs="+")
    options = parser.parse_args()
    chosen = {name: command for name, command in commands(options.caddy).items() if name in (options.only or [name])}
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        place = Place(folder, _start_upstream(folder, stack), stack)
        for question in _QUESTIONS:
            started = {server: start(question, server, command, place) for server, command in chosen.items()}
            report(question, started, options)


def _start_upstream(folder: Path, stack: contextlib.ExitStack) -> int:
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text("hello, world")
    port = free_port()
    config = folder / "upstream.conf"
    config.write_text(UPSTREAM.format(folder=folder, upstream=port))
    stack.enter_context(running(["nginx", "-p", str(folder), "-c", str(config)], port, folder / "upstream.out"))
    return port


def report(question: str, started: dict[str, tuple[int, int]], options: argparse.Namespace) -> None:
    """Load in turn, and print the medians."""
    rounds: dict[str, list[tuple[float, float]]] = {server: [] for server in started}
    for pid, port in started.values():
        measure(pid, port, 1, options)
    for _ in range(options.rounds):
        for server, (pid, port) in started.items():
            rounds[server].append(measure(pid, port, options.seconds, options))
    cpu = {server: statistics.median(used for _, used in figures) for server, figures in rounds.items()}
    for server, figures in rounds.items():
        rate = statistics.median(rate for rate, _ in figures)
        ratio = f"{cpu[server] / cpu['caddy']:.2f} of Caddy" if "caddy" in cpu else ""
        print(f"{question:8} {server:10} {rate:9,.0f} requests/s  {cpu[server]:6.1f} µs CPU  {ratio}")


if __name__ == "__main__":
    main()
