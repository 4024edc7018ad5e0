"""What does it cost to proxy a small request? pogoproxy, nginx, HAProxy and Caddy before the same nginx, in one run.

    python benchmarks/proxy_small.py [--rounds 5] [--seconds 2] [--connections 64] [--body N] [--featured]
        [--only pogoproxy caddy]

Prints requests per second, CPU microseconds per request of the proxy's whole process tree, and the ratios to Caddy
and nginx. All run at once and are loaded in turn, round by round, and each figure is the median of its rounds, so
that whatever else the machine does hits all alike. CPU per request is the figure to compare: requests per second
depend on the number of cores, which load generator, upstream and proxy share.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import peers
from peers import Peer, Stage, cpu_seconds, nginx

NGINX = nginx("""
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
""")

HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
frontend front
    bind 127.0.0.1:{port}
    option forwardfor
    default_backend origin
backend origin
    http-reuse always
    server one 127.0.0.1:{upstream}
"""

CADDYFILE = """
{{
    admin off
    auto_https off
    log {{
        level ERROR
    }}
}}
http://127.0.0.1:{port} {{
    reverse_proxy 127.0.0.1:{upstream}
}}
"""

FEATURED = """
{{
    admin off
    auto_https off
    metrics
}}
http://127.0.0.1:{port} {{
    log {{
        output file {folder}/{name}.log
        format json
    }}
    header X-One 1
    header X-Two "{{http.request.method}}"
    reverse_proxy 127.0.0.1:{upstream} localhost:{upstream} {{
        lb_policy least_conn
        health_uri /
        health_interval 1s
    }}
}}
"""


@dataclass(frozen=True)
class Figure:
    """What one run gave."""

    per_second: float
    cpu: float
    """Microseconds a request."""
    p99: float
    """Milliseconds."""
    errors: str


def configurations(*, featured: bool) -> dict[str, str]:
    """All that can be compared; `featured` is for those that share the Caddyfile."""
    caddyfile = FEATURED if featured else CADDYFILE
    return {"nginx": NGINX, "haproxy": HAPROXY, "caddy": caddyfile, "pogoproxy": caddyfile}


def load(port: int, seconds: int, connections: int) -> str:
    """What wrk says."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout


def measure(peer: Peer, seconds: int, connections: int, behind: int | None = None) -> Figure:
    """Load the proxy once. If what is `behind` it is to be counted as well, that is its process id."""
    counted = [peer.pid] if behind is None else [peer.pid, behind]
    before = sum(map(cpu_seconds, counted))
    said = load(peer.port, seconds, connections)
    used = sum(map(cpu_seconds, counted)) - before
    requests = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert requests is not None and rate is not None and p99 is not None, said
    errors = " ".join(re.findall(r"(?:Socket errors|Non-2xx).*", said))
    milliseconds = float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]]
    return Figure(float(rate[1]), used / int(requests[1]) * 1e6, milliseconds, errors)


def median(figures: list[Figure]) -> Figure:
    """The middle of each column."""
    return Figure(
        statistics.median(figure.per_second for figure in figures),
        statistics.median(figure.cpu for figure in figures),
        statistics.median(figure.p99 for figure in figures),
        max(figure.errors for figure in figures),
    )


def main() -> None:
    """Run all, print a table."""
    parser = peers.options(__doc__ or "", connections=64)
    parser.add_argument("--body", type=int, default=12, help="bytes of the answer")
    parser.add_argument("--featured", action="store_true", help="log, metrics, header rules, health checks")
    parser.add_argument("--only", nargs="+")
    options = parser.parse_args()
    options.only = options.only or [*([] if options.featured else ["nginx", "haproxy"]), "caddy", "pogoproxy"]
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        started = start(Path(folder), options, stack)
        for peer in started.values():
            measure(peer, 1, options.connections)
        figures: dict[str, list[Figure]] = {name: [] for name in started}
        for _ in range(options.rounds):
            for name, peer in started.items():
                figures[name].append(measure(peer, options.seconds, options.connections))
    report({name: median(rounds) for name, rounds in figures.items()}, options)


def start(folder: Path, options: argparse.Namespace, stack: contextlib.ExitStack) -> dict[str, Peer]:
    """Start the upstream and all proxies."""
    stage = Stage(folder, stack, options.caddy)
    upstream = stage.start_upstream(b"x" * options.body)
    configured = configurations(featured=options.featured)
    return {name: stage.start(name, configured[name], upstream=upstream) for name in options.only}


def report(found: dict[str, Figure], options: argparse.Namespace) -> None:
    """The table."""
    rounds = f"{options.rounds} × {options.seconds} s each"
    print(f"{options.connections} connections, {options.body} bytes, {rounds}, {os.cpu_count()} cores")
    print(f"{'':10} {'req/s':>9} {'CPU µs/req':>11} {'p99':>9} {'of Caddy':>9} {'of nginx':>9}")
    for name, figure in found.items():
        ratios = " ".join(_ratio(figure, found.get(base)) for base in ("caddy", "nginx"))
        print(f"{name:10} {figure.per_second:9.0f} {figure.cpu:11.1f} {figure.p99:6.1f} ms {ratios} {figure.errors}")


def _ratio(figure: Figure, base: Figure | None) -> str:
    return f"{figure.cpu / base.cpu:9.2f}" if base is not None and base.cpu else " " * 9


if __name__ == "__main__":
    main()
