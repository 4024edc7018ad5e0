"""What does TLS cost? TLS 1.3 handshakes, and requests over connections that stay, beside nginx and Caddy.

    python benchmarks/tls.py [--rounds 5] [--seconds 2] [--connections 32] [--only pogoproxy caddy]
    python benchmarks/tls.py --certificates 2000

All serve the same P-256 certificate and the same 12 bytes. The first form prints CPU microseconds of the whole process
tree for a connection with one request, after a full handshake and after one that wrk resumes as far as a server can;
for a request on a connection that is kept; and for one that is passed on to an upstream. All run at once and are loaded
in turn, round by round, and each figure is the median of its rounds. nginx is what OpenSSL costs by itself.
The second form starts pogoproxy with so many certificates, and prints the seconds until it serves and the memory it
takes.
"""

from __future__ import annotations

import argparse
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import peers
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from peers import Stage, cpu_seconds, free_port, nginx, tree

NGINX = nginx("""
    upstream origin {{ server 127.0.0.1:{upstream}; keepalive 512; keepalive_requests 1000000000; }}
    server {{
        listen 127.0.0.1:{port} ssl backlog=4096; ssl_protocols TLSv1.3;
        ssl_certificate {folder}/bench.crt; ssl_certificate_key {folder}/bench.key;
        location / {{ return 200 "hello, world"; }}
        location /proxied {{ proxy_pass http://origin/; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
""")

CADDYFILE = """
{{
    admin off
    auto_https off
    storage file_system {folder}/data
    log {{
        level ERROR
    }}
}}
https://localhost:{port} {{
    bind 127.0.0.1
    tls {folder}/bench.crt {folder}/bench.key {{
        protocols tls1.3
    }}
    respond / "hello, world"
    handle_path /proxied {{
        reverse_proxy 127.0.0.1:{upstream}
    }}
}}
"""


def write_certificate(folder: Path, stem: str, name: str) -> None:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    (folder / f"{stem}.key").write_bytes(pem)
    (folder / f"{stem}.crt").write_bytes(made.public_bytes(Encoding.PEM))


Load = Callable[[int, argparse.Namespace], int]
"""Asks the server on a port for as long as the options say; the number of answers."""


def start(command: list[str], folder: Path, port: int, name: str, stack: ExitStack) -> int:
    """The process id of a server that has answered."""
    log = folder / f"{command[0].rpartition('/')[2]}.log"
    output = stack.enter_context(log.open("wb"))
    process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
    stack.callback(process.wait, 20)
    stack.callback(process.terminate)
    context = ssl._create_unverified_context()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 10) as raw:
                context.wrap_socket(raw, server_hostname=name).close()
            return process.pid
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"{command} does not answer:\n{log.read_text(errors='replace')}")


def handshakes(port: int, options: argparse.Namespace) -> int:
    """The number of connections with a full handshake, one request and its answer, a quarter of them at a time."""
    context = ssl._create_unverified_context()
    end = time.monotonic() + options.seconds
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    def shake(_: int) -> int:
        count = 0
        while time.monotonic() < end:
            with socket.create_connection(("127.0.0.1", port), 10) as raw:
                # Else the request would wait for the acknowledgement of the handshake's end, with Caddy and here 40 ms.
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with context.wrap_socket(raw, server_hostname="localhost") as secured:
                    secured.sendall(request)
                    while answer := secured.recv(4096):
                        assert answer.endswith(b"hello, world")
            count += 1
        return count

    with ThreadPoolExecutor(options.connections // 4) as threads:
        return sum(threads.map(shake, range(options.connections // 4)))


def wrk(path: str, *words: str) -> Load:
    """A load of requests for this path."""

    def load(port: int, options: argparse.Namespace) -> int:
        command = ["wrk", "-t1", f"-c{options.connections}", f"-d{options.seconds}s", f"https://localhost:{port}{path}"]
        said = subprocess.run([*command, *words], capture_output=True, text=True, check=True).stdout
        found = re.search(r"(\d+) requests in", said)
        assert found and "Non-2xx" not in said, said
        return int(found[1])

    return load


LOADS: dict[str, Load] = {
    "handshake": handshakes,
    "resumed": wrk("/", "-H", "Connection: close"),
    "request": wrk("/"),
    "proxied": wrk("/proxied"),
}
"""The columns. Python's client never resumes by itself; wrk comes back with the session it was given last."""


def compare(options: argparse.Namespace) -> None:
    """The first form."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        write_certificate(folder, "bench", "localhost")
        upstream = Stage(folder, stack).start_upstream(b"hello, world")
        commands = {
            "nginx": (NGINX, ["nginx", "-p", name, "-c", "{file}"]),
            "caddy": (CADDYFILE, [options.caddy, "run", "--adapter", "caddyfile", "--config", "{file}"]),
            "pogoproxy": (CADDYFILE, [sys.executable, "-m", "pogoproxy", "run", "{file}"]),
        }
        running: dict[str, tuple[int, int]] = {}
        for peer, (config, command) in commands.items():
            if not options.only or peer in options.only:
                port = free_port()
                file = folder / f"{peer}.conf"
                file.write_text(config.format(folder=name, name=peer, port=port, upstream=upstream))
                words = [word.format(file=file) for word in command]
                running[peer] = start(words, folder, port, "localhost", stack), port
        show(measured(running, options))


def measured(running: dict[str, tuple[int, int]], options: argparse.Namespace) -> dict[str, list[float]]:
    """For each server the medians of its columns."""
    found: dict[tuple[str, str], list[float]] = {}
    for _ in range(options.rounds):
        for column, load in LOADS.items():
            for peer, (pid, port) in running.items():
                before = cpu_seconds(pid)
                count = load(port, options)
                found.setdefault((peer, column), []).append((cpu_seconds(pid) - before) * 1e6 / count)
    return {peer: [statistics.median(found[peer, column]) for column in LOADS] for peer in running}


def show(rows: dict[str, list[float]]) -> None:
    """Print the table, with what each figure is of Caddy's."""
    print(f"{'':10}" + "".join(f" {column + ' µs':>13} {'of Caddy':>8}" for column in LOADS))
    caddy = rows.get("caddy", [float("nan")] * len(LOADS))
    for peer, row in rows.items():
        print(f"{peer:10}" + "".join(f" {mine:13.0f} {mine / its:8.2f}" for mine, its in zip(row, caddy, strict=True)))


def memory(pid: int) -> int:
    """Kilobytes that the tree has to itself."""
    total = 0
    for one in tree(pid):
        text = Path(f"/proc/{one}/smaps_rollup").read_text()
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private"))
    return total


def many(count: int) -> None:
    """The second form."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{'certificates':>12} {'seconds':>8} {'KB':>9} {'KB after a handshake for each':>30}")
        for number in (1, count):
            port = free_port()
            sites = []
            for at in range(number):
                write_certificate(folder, f"c{at}", f"host{at}.test")
                sites.append(f"host{at}.test:{port} {{\n tls {name}/c{at}.crt {name}/c{at}.key\n respond hi\n}}\n")
            options = f"admin off\nauto_https disable_redirects\nstorage file_system {name}/data"
            (folder / "Caddyfile").write_text(f"{{\n{options}\n}}\n" + "".join(sites))
            began = time.monotonic()
            with ExitStack() as inner:
                command = [sys.executable, "-m", "pogoproxy", "run", str(folder / "Caddyfile")]
                pid = start(command, folder, port, "host0.test", inner)
                took, before = time.monotonic() - began, memory(pid)
                context = ssl._create_unverified_context()
                for at in range(number):
                    with socket.create_connection(("127.0.0.1", port), 10) as raw:
                        context.wrap_socket(raw, server_hostname=f"host{at}.test").close()
                print(f"{number:12} {took:8.1f} {before:9} {memory(pid):30}")


def main() -> None:
    """Read the options and measure."""
    parser = peers.options(__doc__ or "", connections=32)
    parser.add_argument("--certificates", type=int, default=0)
    parser.add_argument("--only", nargs="*", default=[])
    options = parser.parse_args()
    if options.certificates:
        many(options.certificates)
    else:
        compare(options)


if __name__ == "__main__":
    main()
