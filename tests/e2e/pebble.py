"""A Pebble, which is an authority that speaks ACME, and servers that get their certificates from it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.e2e.conftest import READY, Server, eventually
from tests.tls.certificates import make

EAB = ("kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W")


def lasting_port() -> int:
    """A free port that the kernel gives to nobody by itself, since Pebble knows it long before we listen there."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


@dataclass
class Pebble:
    """A running Pebble with its own DNS, in which every name is this machine."""

    folder: Path
    http: int = field(default_factory=lasting_port)
    https: int = field(default_factory=lasting_port)
    listen: int = field(default_factory=lasting_port)
    dns: int = field(default_factory=lasting_port)
    records: int = field(default_factory=lasting_port)
    management: int = field(default_factory=lasting_port)

    @property
    def directory(self) -> str:
        return f"https://127.0.0.1:{self.listen}/dir"

    def root(self, number: int) -> bytes:
        """One of the roots that it signs by, in PEM."""
        context = ssl.create_default_context(cafile=self.folder / "root.crt")
        url = f"https://127.0.0.1:{self.management}/roots/{number}"
        with urllib.request.urlopen(url, timeout=10, context=context) as response:
            return bytes(response.read())

    def write_config(self, *, needs_account: bool) -> Path:
        authority = make("pebble", is_authority=True)
        authority.write(self.folder, "root")
        certificate, key = make("127.0.0.1", issuer=authority).write(self.folder, "pebble")
        config = {
            "listenAddress": f"127.0.0.1:{self.listen}",
            "managementListenAddress": f"127.0.0.1:{self.management}",
            "certificate": str(certificate),
            "privateKey": str(key),
            "httpPort": self.http,
            "tlsPort": self.https,
            "externalAccountBindingRequired": needs_account,
            "externalAccountMACKeys": dict([EAB]),
        }
        path = self.folder / "pebble.json"
        path.write_text(json.dumps({"pebble": config}))
        return path


StartPebble = Callable[..., Pebble]


@pytest.fixture
def start_pebble(peer: Callable[[str], str], tmp_path: Path) -> Iterator[StartPebble]:
    with contextlib.ExitStack() as stack:

        def start(*, needs_account: bool = False, **environment: str) -> Pebble:
            pebble = Pebble(tmp_path / "pebble")
            pebble.folder.mkdir()
            config = pebble.write_config(needs_account=needs_account)
            dns = [peer("pebble-challtestsrv"), "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]
            dns += ["-dns01", f"127.0.0.1:{pebble.dns}", "-management", f"127.0.0.1:{pebble.records}"]
            server = [peer("pebble"), "-config", str(config), "-dnsserver", f"127.0.0.1:{pebble.dns}"]
            for command in (dns, server):
                stack.enter_context(child(command, pebble.folder, environment))
            for port in (pebble.records, pebble.listen):
                assert eventually(lambda port=port: is_open(port), READY), f"nobody listens on {port}"
            return pebble

        yield start


@contextlib.contextmanager
def child(command: list[str], folder: Path, environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """A program that runs, and writes to `log`."""
    own = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "5", "HOME": str(folder), **environment}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **own}, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def is_open(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


@dataclass
class Site:
    """`pogoproxy run` that gets its certificates from a Pebble."""

    server: Server
    port: int

    def certificate(self, name: str) -> str:
        """Who issued the certificate that is served for the name; nothing while there is none."""
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with (
                socket.create_connection(("127.0.0.1", self.port), 30) as raw,
                context.wrap_socket(raw, server_hostname=name) as client,
            ):
                return ssl.DER_cert_to_PEM_cert(client.getpeercert(binary_form=True) or b"")
        except (OSError, ssl.SSLError):
            return ""

    def has_certificate(self, name: str) -> bool:
        return bool(self.certificate(name))


Start = Callable[..., Site]


def options_of(pebble: Pebble, data: Path) -> str:
    """Global options that Caddy has, too."""
    return f"""
        admin off
        http_port {pebble.http}
        https_port {pebble.https}
        storage file_system {data}
        acme_ca {pebble.directory}
        acme_ca_root {pebble.folder / "root.crt"}
    """


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """`start(pebble, sites)` runs a server whose storage is in `data`; Pebble asks it unless `is_found` says no."""
    servers: list[Server] = []

    def started(pebble: Pebble, sites: str, options: str = "", *, is_found: bool = True) -> Site:
        folder = tmp_path / f"server{len(servers)}"
        folder.mkdir()
        pebble = pebble if is_found else replace(pebble, http=lasting_port(), https=lasting_port())
        head = f"{options_of(pebble, tmp_path / 'data')}\nfronts 2\n{options}"
        server = Server(folder, f"{{\n{head}\n}}\n{sites}", port=pebble.https)
        servers.append(server)

        def is_serving() -> bool:
            assert server.process.poll() is None, server.log
            return "serving https://" in server.log

        assert eventually(is_serving, READY), server.log
        return Site(server, pebble.https)

    yield started
    for server in servers:
        if server.process.poll() is None:
            server.stop()


def handshake(port: int, name: str) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 30) as raw, context.wrap_socket(raw, server_hostname=name):
        pass
