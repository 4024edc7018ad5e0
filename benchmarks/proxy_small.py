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
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")

UPSTREAM = """
daemon off; pid {folder}/upstream.pid; error_log {folder}/upstream.log; worker_processes 1;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    server {{ listen 127.0.0.1:{upstream} backlog=4096; default_type text/plain; root {folder}/www; }}
}}
"""

NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes auto;
events {{ worker_connections 4096; }}
http {{
    access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $http_host;
        }}
    }}
}}
"""

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
class Peer:
    """A proxy: its configuration, the file's name, and the command that runs it."""

    config: str
    file: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Figure:
    """What one run gave."""

    per_second: float
    cpu: float
    """Microseconds a request."""
    p99: float
    """Milliseconds."""
    errors: str


def peers(caddy: str, *, featured: bool) -> dict[str, Peer]:
    """All that can be compared; `featured` is for those that share the Caddyfile."""
    caddyfile = FEATURED if featured else CADDYFILE
    return {
        "nginx": Peer(NGINX, "nginx.conf", ("nginx", "-p", "{folder}", "-c", "{file}")),
        "haproxy": Peer(HAPROXY, "haproxy.cfg", ("haproxy", "-db", "-f", "{file}")),
        "caddy": Peer(caddyfile, "Caddyfile", (caddy, "run", "--config", "{file}", "--adapter", "caddyfile")),
        "pogoproxy": Peer(caddyfile, "Pogofile", (sys.executable, "-m", "pogoproxy", "run", "{file}")),
    }


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
    return total / TICK


def load(port: int, seconds: int, connections: int) -> str:
    """What wrk says."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", f"http://127.0.0.1:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout


def measure(pid: int, port: int, seconds: int, connections: int) -> Figure:
    """Load the proxy once."""
    before = cpu_seconds(pid)
    said = load(port, seconds, connections)
    used = cpu_seconds(pid) - before
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each round")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--body", type=int, default=12, help="bytes of the answer")
    parser.add_argument("--caddy", default=os.environ.get("CADDY") or shutil.which("caddy") or "caddy")
    parser.add_argument("--featured", action="store_true", help="log, metrics, header rules, health checks")
    parser.add_argument("--only", nargs="+")
    options = parser.parse_args()
    options.only = options.only or (["caddy", "pogoproxy"] if options.featured else list(peers("", featured=False)))
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        started = start(Path(name), options, stack)
        for pid, port in started.values():
            measure(pid, port, 1, options.connections)
        figures: dict[str, list[Figure]] = {peer: [] for peer in started}
        for _ in range(options.rounds):
            for peer, (pid, port) in started.items():
                figures[peer].append(measure(pid, port, options.seconds, options.connections))
    report({peer: median(rounds) for peer, rounds in figures.items()}, options)


def start(folder: Path, options: argparse.Namespace, stack: contextlib.ExitStack) -> dict[str, tuple[int, int]]:
    """Start the upstream and all proxies; their process ids and ports."""
    folder.chmod(0o755)
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_bytes(b"x" * options.body)
    upstream = free_port()
    config = folder / "upstream.conf"
    config.write_text(UPSTREAM.format(folder=folder, upstream=upstream))
    command = ["nginx", "-p", str(folder), "-c", str(config)]
    stack.enter_context(running(command, upstream, folder / "upstream.out"))
    started = {}
    for name in options.only:
        peer = peers(options.caddy, featured=options.featured)[name]
        port = free_port()
        file = folder / peer.file
        file.write_text(peer.config.format(folder=folder, upstream=upstream, port=port, name=name))
        command = [part.format(folder=folder, file=file) for part in peer.command]
        started[name] = stack.enter_context(running(command, port, folder / f"{name}.out")), port
    return started


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
