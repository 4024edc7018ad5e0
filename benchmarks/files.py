"""What does a web server cost? Files small and large, compression, matchers and header rules: beside nginx and Caddy.

    python benchmarks/files.py [--rounds 5] [--seconds 2] [--connections 32] [--only small large gzip bare rules]

Prints CPU microseconds per request of each server's whole process tree, CPU seconds per GiB for the large file, and
the ratios to Caddy and nginx. All run at once and are loaded in turn; each figure is the median of its rounds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import peers
from peers import Peer, Stage, cpu_seconds, nginx

NGINX = nginx("""
    sendfile on; types {{ application/json json; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096; root {folder}/www;
        location /data {{ gzip on; gzip_types application/json; gzip_comp_level 5; }}
        location = /bare {{ default_type text/plain; return 200 "fine"; }}
    }}
""")

CADDYFILE = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http://127.0.0.1:{port} {{
    handle /bare {{
        respond "fine"
    }}
    handle /rules* {{
        @one method GET POST
        @two path /rules /rules/* *.html
        @three header X-Kind one*
        @four path_regexp ^/rules/([a-z]+)$
        @five query kind=one
        @six not remote_ip 10.0.0.0/8 192.168.0.0/16
        header @one X-One 1
        header @two X-Two 2
        header @three X-Three 3
        header @four X-Four {{re.1}}
        header @five X-Five 5
        header @six X-Six 6
        header X-Seven {{method}}
        header X-Eight {{path}}
        request_header X-Nine 9
        request_header X-Ten {{host}}
        respond "fine"
    }}
    handle {{
        root * {folder}/www
        encode gzip
        file_server
    }}
}}
"""

CASES = {
    "small": "/small.txt",
    "large": "/large.bin",
    "gzip": "/data.json",
    "bare": "/bare",
    "rules": "/rules/some?kind=one",
}
HEADERS = {"gzip": ("Accept-Encoding: gzip",), "rules": ("X-Kind: one",)}
LARGE = 10 * 1024 * 1024
GIB = 1024**3


def start(folder: Path, caddy: str, stack: contextlib.ExitStack) -> dict[str, Peer]:
    """Write the files and start all servers."""
    folder.chmod(0o755)
    www = folder / "www"
    www.mkdir()
    (www / "index.html").write_text("fine")
    (www / "small.txt").write_bytes(b"x" * 1024)
    (www / "large.bin").write_bytes(os.urandom(LARGE))
    entries = [{"id": n, "name": f"article {n * 7919 % 1000}", "price": n * 37 % 991 / 10} for n in range(600)]
    (www / "data.json").write_text(json.dumps(entries)[: 20 * 1024])
    stage = Stage(folder, stack, caddy)
    configs = {"nginx": NGINX, "caddy": CADDYFILE, "pogoproxy": CADDYFILE}
    return {name: stage.start(name, config) for name, config in configs.items()}


def measure(peer: Peer, case: str, seconds: int, connections: int) -> tuple[float, float]:
    """CPU microseconds a request, and CPU seconds per GiB of what was received."""
    headers = [part for field in HEADERS.get(case, ()) for part in ("-H", field)]
    target = f"http://127.0.0.1:{peer.port}{CASES[case]}"
    before = cpu_seconds(peer.pid)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", *headers, target]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    used = cpu_seconds(peer.pid) - before
    found = re.search(r"(\d+) requests in [\d.]+\w+, ([\d.]+)(KB|MB|GB) read", said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    received = float(found[2]) * {"KB": 1024, "MB": 1024**2, "GB": GIB}[found[3]]
    return used / max(int(found[1]), 1) * 1e6, used / received * GIB


def main() -> None:
    """Run all, print a table."""
    parser = peers.options(__doc__ or "", connections=32)
    parser.add_argument("--only", nargs="+", default=list(CASES), choices=list(CASES))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        started = start(Path(name), options.caddy, stack)
        time.sleep(2)  # a file that was just written is not taken for settled
        print(f"{options.connections} connections, {options.rounds} × {options.seconds} s each, {os.cpu_count()} cores")
        print(f"{'':8}{'':>12}" + "".join(f"{peer:>12}" for peer in started) + f"{'of nginx':>12}{'of Caddy':>12}")
        bare = 0.0
        for case in options.only:
            figures = compare(case, started, options)
            print(row(case, figures))
            bare = figures["pogoproxy"] if case == "bare" else bare
            if case == "rules" and bare:
                print(f"rules cost {figures['pogoproxy'] / bare:.2f} times the bare request")


def compare(case: str, started: dict[str, Peer], options: argparse.Namespace) -> dict[str, float]:
    """The medians of a case, by peer; nginx has no rules."""
    found: dict[str, list[float]] = {name: [] for name in started if (name, case) != ("nginx", "rules")}
    connections = 4 if case == "large" else options.connections
    for number in range(options.rounds + 1):
        for name, figures in found.items():
            request, gib = measure(started[name], case, options.seconds, connections)
            if number:  # the first is for warming up
                figures.append(gib if case == "large" else request)
    return {name: statistics.median(seen) for name, seen in found.items()}


def row(case: str, figures: dict[str, float]) -> str:
    """A line of the table."""
    unit = "CPU s/GiB" if case == "large" else "CPU µs/req"
    columns = [f"{figures[peer]:12.2f}" if peer in figures else " " * 12 for peer in ("nginx", "caddy", "pogoproxy")]
    ratios = [
        f"{figures['pogoproxy'] / figures[peer]:12.2f}" if figures.get(peer) else " " * 12
        for peer in ("nginx", "caddy")
    ]
    return f"{case:8}{unit:>12}" + "".join(columns + ratios)


if __name__ == "__main__":
    main()
