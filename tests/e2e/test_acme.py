"""Certificates by ACME from Pebble, whose challenges our own listeners answer."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import random
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.conftest import READY, Server, eventually, free_port
from tests.tls.certificates import make

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

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

    @property
    def directory(self) -> str:
        return f"https://127.0.0.1:{self.listen}/dir"

    def write_config(self, *, needs_account: bool) -> Path:
        authority = make("pebble", is_authority=True)
        authority.write(self.folder, "root")
        certificate, key = make("127.0.0.1", issuer=authority).write(self.folder, "pebble")
        config = {
            "listenAddress": f"127.0.0.1:{self.listen}",
            "managementListenAddress": f"127.0.0.1:{lasting_port()}",
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

        def start(*, needs_account: bool = False) -> Pebble:
            pebble = Pebble(tmp_path / "pebble")
            pebble.folder.mkdir()
            config = pebble.write_config(needs_account=needs_account)
            dns = [peer("pebble-challtestsrv"), "-http01", "", "-https01", "", "-tlsalpn01", "", "-defaultIPv6", ""]
            dns += ["-dns01", f"127.0.0.1:{pebble.dns}", "-management", f"127.0.0.1:{pebble.records}"]
            server = [peer("pebble"), "-config", str(config), "-dnsserver", f"127.0.0.1:{pebble.dns}"]
            for command in (dns, server):
                stack.enter_context(child(command, pebble.folder))
            for port in (pebble.records, pebble.listen):
                assert eventually(lambda port=port: is_open(port), READY), f"nobody listens on {port}"
            return pebble

        yield start


@contextlib.contextmanager
def child(command: list[str], folder: Path) -> Iterator[None]:
    environment = {**os.environ, "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "5", "HOME": str(folder)}
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
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


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    servers: list[Server] = []

    def started(pebble: Pebble, sites: str, options: str = "") -> Site:
        head = f"""
            admin off
            fronts 2
            http_port {pebble.http}
            https_port {pebble.https}
            storage file_system {tmp_path / "data"}
            acme_ca {pebble.directory}
            acme_ca_root {pebble.folder / "root.crt"}
            {options}
        """
        server = Server(tmp_path, f"{{{head}}}\n{sites}", port=pebble.https)
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


@pytest.mark.parametrize("disabled", ["http_challenge", "tlsalpn_challenge"])
def test_each_challenge_is_answered_by_whichever_front_gets_it(
    start_pebble: StartPebble, start: Start, tmp_path: Path, disabled: str
):
    pebble = start_pebble()
    issuer = f"issuer acme {{\n disable_{disabled}\n }}"
    site = start(pebble, f"a.example.com, b.example.com {{\n tls {{\n {issuer}\n }}\n respond hi\n}}\n")
    for name in ("a.example.com", "b.example.com"):
        assert eventually(lambda name=name: site.has_certificate(name), READY), site.server.log
    assert "challenge failed" not in site.server.log
    folder = next((tmp_path / "data" / "certificates").iterdir())
    assert sorted(path.name for path in folder.iterdir()) == ["a.example.com", "b.example.com"]


def test_a_restart_uses_what_is_there(start_pebble: StartPebble, start: Start):
    pebble = start_pebble()
    sites = "a.example.com {\n respond hi\n}\n"
    first = start(pebble, sites, "email me@example.com")
    assert eventually(lambda: first.has_certificate("a.example.com"), READY), first.server.log
    before = first.certificate("a.example.com")
    first.server.stop()
    again = start(pebble, sites + "b.example.com {\n respond hi\n}\n", "email me@example.com")
    assert eventually(lambda: again.has_certificate("b.example.com"), READY), again.server.log
    assert again.certificate("a.example.com") == before
    assert "account registered" not in again.server.log


def test_an_external_account_is_bound(start_pebble: StartPebble, start: Start):
    site = start(
        start_pebble(needs_account=True),
        "a.example.com {\n respond hi\n}\n",
        f"acme_eab {{\n key_id {EAB[0]}\n mac_key {EAB[1]}\n}}",
    )
    assert eventually(lambda: site.has_certificate("a.example.com"), READY), site.server.log


def test_a_wildcard_is_proved_by_a_command_that_edits_dns(start_pebble: StartPebble, start: Start, tmp_path: Path):
    pebble = start_pebble()
    hook = tmp_path / "hook"
    hook.write_text(
        f"""#!{sys.executable}
import json, sys, urllib.request
action, name, text = sys.argv[1:]
path = "set-txt" if action == "present" else "clear-txt"
body = json.dumps({{"host": name + ".", "value": text}}).encode()
urllib.request.urlopen("http://127.0.0.1:{pebble.records}/" + path, body)
"""
    )
    hook.chmod(0o700)
    site = start(pebble, f"*.example.com {{\n tls {{\n dns exec {hook}\n }}\n respond hi\n}}\n")
    assert eventually(lambda: site.has_certificate("any.example.com"), READY), site.server.log


def test_the_next_issuer_is_asked_if_the_first_is_down(start_pebble: StartPebble, start: Start):
    down = f"https://127.0.0.1:{free_port()}/dir"
    sites = f"a.example.com {{\n tls {{\n issuer acme {down}\n issuer acme\n }}\n respond hi\n}}\n"
    site = start(start_pebble(), sites)
    assert eventually(lambda: site.has_certificate("a.example.com"), READY), site.server.log
    assert "issuer failed" in site.server.log


def test_a_site_without_its_certificate_does_not_hold_up_others(start_pebble: StartPebble, start: Start):
    down = f"https://127.0.0.1:{free_port()}/dir"
    sites = f"a.example.com {{\n tls {{\n issuer acme {down}\n }}\n respond hi\n}}\nlocalhost {{\n respond hi\n}}\n"
    site = start(start_pebble(), sites)
    assert site.has_certificate("localhost")
    with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
        handshake(site.port, "a.example.com")
    assert eventually(lambda: '"certificate not obtained","name":"a.example.com"' in site.server.log, READY)


def handshake(port: int, name: str) -> None:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 30) as raw, context.wrap_socket(raw, server_hostname=name):
        pass


class Permission(http.server.BaseHTTPRequestHandler):
    """Allows names that begin with `good`."""

    def do_GET(self) -> None:
        self.send_response(200 if "domain=good" in self.path else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Be silent."""


def test_certificates_on_demand_are_for_allowed_names_alone(start_pebble: StartPebble, start: Start):
    asked = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Permission)
    threading.Thread(target=asked.serve_forever, daemon=True).start()
    try:
        options = f"on_demand_tls {{\n ask http://127.0.0.1:{asked.server_port}/check\n}}"
        pebble = start_pebble()
        site = start(pebble, f"https://:{pebble.https} {{\n tls {{\n on_demand\n }}\n respond hi\n}}\n", options)
        assert eventually(lambda: site.has_certificate("good.example.com"), READY), site.server.log
        assert not site.has_certificate("bad.example.com")
    finally:
        asked.shutdown()
        asked.server_close()
