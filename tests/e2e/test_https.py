"""HTTPS by default: sites with names get certificates of our own authority, redirects, and what an old Caddy left."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.conftest import READY, Server, eventually, free_port
from tests.tls.certificates import make

pytestmark = pytest.mark.e2e


@dataclass
class Site:
    """`pogoproxy run` on sites for HTTPS; the storage is in `data`, as the root certificate is."""

    server: Server
    data: Path
    http: int
    https: int

    @property
    def root(self) -> Path:
        return self.data / "pki" / "authorities" / "local" / "root.crt"

    def context(self, root: Path | None = None) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(root or self.root))

    def get(self, name: str, path: str = "/", host: str = "", context: ssl.SSLContext | None = None) -> str:
        """The whole answer to a request on a connection for that server name."""
        with (
            socket.create_connection(("127.0.0.1", self.https), 10) as raw,
            (context or self.context()).wrap_socket(raw, server_hostname=name) as client,
        ):
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host or name}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: client.recv(65536), b"")).decode()

    def plain(self, name: str, path: str = "/") -> str:
        """The same over HTTP."""
        with socket.create_connection(("127.0.0.1", self.http), 10) as client:
            client.sendall(f"GET {path} HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode())
            return b"".join(iter(lambda: client.recv(65536), b"")).decode()


ServeSite = Callable[..., Site]


@pytest.fixture
def serve_https(tmp_path: Path) -> Iterator[ServeSite]:
    """`serve_https(sites, options)` starts a server, and returns once it says that it serves."""
    started: list[Server] = []

    def start(sites: str, options: str = "", data: Path | None = None) -> Site:
        data = data or tmp_path / "data"
        http, https = free_port(), free_port()
        head = f"admin off\nhttp_port {http}\nhttps_port {https}\nfronts 1\nstorage file_system {data}\n{options}"
        server = Server(tmp_path, f"{{\n{head}\n}}\n{sites}", port=https)
        started.append(server)

        def is_serving() -> bool:
            assert server.process.poll() is None, server.log
            return "serving https://" in server.log

        assert eventually(is_serving, READY), server.log
        return Site(server, data, http, https)

    yield start
    for server in started:
        if server.process.poll() is None:
            server.stop()


def test_a_name_is_all_it_takes(serve_https: ServeSite):
    site = serve_https("localhost, *.w.internal {\n respond {http.request.tls.server_name}\n}\n")
    assert site.get("localhost").endswith("\r\n\r\nlocalhost")
    assert site.get("a.w.internal").endswith("\r\n\r\na.w.internal")


def test_plain_http_is_redirected(serve_https: ServeSite):
    site = serve_https("localhost {\n respond hi\n}\n")
    answer = site.plain("localhost", "/a?b=c")
    assert answer.startswith("HTTP/1.1 308 ")
    assert "Location: https://localhost/a?b=c\r\n" in answer


def test_an_unknown_name_is_refused_by_an_alert(serve_https: ServeSite):
    site = serve_https("localhost {\n respond hi\n}\n")
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        site.get("else.where")


def test_loaded_files_come_before_automation_and_are_loaded_again(serve_https: ServeSite, tmp_path: Path):
    made = make("shop.internal")
    certificate, key = made.write(tmp_path, "shop")
    site = serve_https(f"shop.internal {{\n tls {certificate} {key}\n respond hi\n}}\n")
    assert site.get("shop.internal", context=site.context(certificate)).endswith("hi")
    assert not site.root.exists()
    make("shop.internal").write(tmp_path, "shop")

    def is_renewed() -> bool:
        try:
            return site.get("shop.internal", context=site.context(certificate)).endswith("hi")
        except ssl.SSLError:
            return False

    assert eventually(is_renewed, READY)


def test_a_killed_keeper_is_replaced_and_nobody_notices(serve_https: ServeSite):
    site = serve_https("localhost, other.internal {\n respond hi\n}\n")
    site.get("localhost")
    (keeper,) = site.server.processes("pogoproxy.keeper")
    subprocess.run(["kill", "-9", str(keeper)], check=True)
    assert site.get("localhost").endswith("hi")
    assert eventually(lambda: site.server.processes("pogoproxy.keeper") not in ([], [keeper]), READY)
    assert site.get("other.internal").endswith("hi")


def test_client_certificates_are_verified_and_shown(serve_https: ServeSite, tmp_path: Path):
    authority = make("clients", is_authority=True)
    authority.write(tmp_path, "clients")
    client = make("alice", issuer=authority)
    certificate, key = client.write(tmp_path, "alice")
    site = serve_https(
        f"""localhost {{
            tls internal {{
                client_auth {{
                    trust_pool file {tmp_path}/clients.crt
                }}
            }}
            respond "{{http.request.tls.client.subject}}"
        }}
        public.internal {{
            respond public
        }}
        """
    )
    with pytest.raises((ssl.SSLError, ConnectionError)):
        site.get("localhost")
    context = site.context()
    context.load_cert_chain(certificate, key)
    assert site.get("localhost", context=context).endswith("CN=alice")
    # Who came in by the name that asks for nothing does not get at the one that does.
    assert site.get("public.internal", host="localhost").startswith("HTTP/1.1 421 ")
    assert site.get("public.internal").endswith("public")


def test_no_key_leaves_the_storage_and_the_processes_that_need_it(serve_https: ServeSite):
    site = serve_https("localhost {\n respond hi\n}\n")
    site.get("localhost")
    assert "PRIVATE KEY" not in site.server.log
    for path in site.data.rglob("*.key"):
        assert path.stat().st_mode & 0o077 == 0
    secret = (site.data / "certificates/local/localhost/localhost.key").read_text().splitlines()[1]
    assert secret.encode() not in memory_of(site.server.process.pid)


def memory_of(pid: int) -> bytes:
    """What a process has in its heap."""
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    pieces = []
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        for line in maps:
            span, rights, *_ = line.split()
            if rights.startswith("rw") and "[v" not in line:
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                try:
                    pieces.append(memory.read(end - start))
                except OSError:
                    continue
    return b"".join(pieces)


@pytest.mark.peer
def test_a_folder_of_caddy_is_taken_over(serve_https: ServeSite, caddy: str, tmp_path: Path):
    folder = tmp_path / "home"
    folder.mkdir()
    config = tmp_path / "caddy.Caddyfile"
    options = f"admin off\nskip_install_trust\nhttp_port {free_port()}\nhttps_port {free_port()}"
    config.write_text(f"{{\n{options}\n}}\nlocalhost {{\n tls internal\n respond hi\n}}\n")
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "PATH": "/usr/bin:/bin"}
    data = folder / "data" / "caddy"
    peer = subprocess.Popen(
        [caddy, "run", "--adapter", "caddyfile", "--config", config], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert eventually((data / "certificates/local/localhost/localhost.json").exists, READY)
    finally:
        peer.terminate()
        peer.wait(20)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.suffix in (".crt", ".key")}
    site = serve_https("localhost {\n respond hi\n}\n", data=data)
    with (
        socket.create_connection(("127.0.0.1", site.https), 10) as raw,
        site.context().wrap_socket(raw, server_hostname="localhost") as client,
    ):
        served = client.getpeercert(binary_form=True) or b""
    assert (
        ssl.DER_cert_to_PEM_cert(served).strip() in before[data / "certificates/local/localhost/localhost.crt"].decode()
    )
    assert {path: path.read_bytes() for path in before} == before
