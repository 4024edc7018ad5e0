"""The same sites on Caddy and here, with internal names: who gets a certificate, who is redirected, who is refused."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509

from tests.e2e.conftest import READY, eventually, free_port
from tests.tls.certificates import make

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

SITES = """
localhost, a.internal {
	respond "{http.request.scheme} {http.request.host}"
}
*.w.internal {
	respond "wild {http.request.tls.server_name}"
}
exact.w.internal {
	respond exact
}
http://plain.internal {
	respond plain
}
"""

CATCH_ALL = """
https:// {
	tls internal
	respond all
}
a.internal {
	respond a
}
"""

WITHOUT_CERTIFICATES = ("auto_https off", "auto_https disable_certs")

LOADED = """
a.internal {
	tls FOLDER/loaded.crt FOLDER/loaded.key
	respond a
}
b.internal {
	respond b
}
"""

QUESTIONS = [
    ("https", "localhost", "localhost"),
    ("https", "a.internal", "a.internal"),
    ("https", "A.Internal", "a.internal"),
    ("https", "x.w.internal", "x.w.internal"),
    ("https", "exact.w.internal", "exact.w.internal"),
    ("https", "x.y.w.internal", "x.y.w.internal"),
    ("https", "b.internal", "b.internal"),
    ("https", "else.where", "else.where"),
    ("https", "plain.internal", "plain.internal"),
    ("https", "", "localhost"),
    ("https", "localhost", "a.internal"),
    ("http", "", "localhost"),
    ("http", "", "a.internal"),
    ("http", "", "x.w.internal"),
    ("http", "", "plain.internal"),
    ("http", "", "else.where"),
]


@dataclass
class Peer:
    """One of the two, with its ports."""

    http: int
    https: int

    def ask(self, scheme: str, server_name: str, host: str) -> str:
        """What comes of it, in a form that can be compared."""
        request = f"GET /p?q HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
        try:
            with socket.create_connection(("127.0.0.1", self.http if scheme == "http" else self.https), 20) as raw:
                if scheme == "http":
                    return self._shown("", exchanged(raw, request))
                with context().wrap_socket(raw, server_hostname=server_name or None) as client:
                    return self._shown(names(client.getpeercert(binary_form=True)), exchanged(client, request))
        except (OSError, ssl.SSLError):
            return "refused"

    def _shown(self, names: str, answer: str) -> str:
        head, _, body = answer.partition("\r\n\r\n")
        location = re.search(r"^location: (.*)$", head, re.IGNORECASE | re.MULTILINE)
        status = head.split(" ")[1] if head else "nothing"
        return " ".join([names, status, location[1].strip() if location else "", body])


def context() -> ssl.SSLContext:
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    found.check_hostname = False
    found.verify_mode = ssl.CERT_NONE
    return found


def exchanged(client: socket.socket, request: bytes) -> str:
    client.sendall(request)
    return b"".join(iter(lambda: client.recv(65536), b"")).decode()


def names(der: bytes | None) -> str:
    certificate = x509.load_der_x509_certificate(der or b"")
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return ",".join(found.get_values_for_type(x509.DNSName))


@contextlib.contextmanager
def serving(command: list[str], folder: Path, sites: str, options: str) -> Iterator[Peer]:
    """Run it until it answers: for `a.internal`, where that has a certificate."""
    folder.mkdir()
    make("a.internal", "b.internal").write(folder, "loaded")
    sites = sites.replace("FOLDER", str(folder))
    peer = Peer(free_port(), free_port())
    ports = f"admin off\nskip_install_trust\nhttp_port {peer.http}\nhttps_port {peer.https}"
    config = folder / "Caddyfile"
    config.write_text(f"{{\n{ports}\nstorage file_system {folder / 'data'}\n{options}\n}}\n{sites}")
    environment = {**os.environ, "HOME": str(folder)}
    with (folder / "log").open("wb") as log:
        words = [*command, "run", "--adapter", "caddyfile", "--config", str(config)]
        process = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
    try:
        first = (
            ("http", "", "plain.internal") if options in WITHOUT_CERTIFICATES else ("https", "a.internal", "a.internal")
        )
        assert eventually(lambda: peer.ask(*first) != "refused", READY), (folder / "log").read_text()
        yield peer
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize(
    ("sites", "options"),
    [
        (SITES, ""),
        (SITES, "auto_https disable_redirects"),
        (SITES, "default_sni a.internal"),
        (SITES, "fallback_sni a.internal"),
        (CATCH_ALL, ""),
        (SITES, "servers {\nstrict_sni_host on\n}"),
        (LOADED, ""),
        (LOADED, "auto_https ignore_loaded_certs"),
        *((SITES, option) for option in WITHOUT_CERTIFICATES),
    ],
)
def test_the_same_names_are_served_redirected_and_refused(caddy: str, tmp_path: Path, sites: str, options: str):
    ours = [sys.executable, "-m", "pogoproxy"]
    with (
        serving([caddy], tmp_path / "caddy", sites, options) as theirs,
        serving(ours, tmp_path / "pogoproxy", sites, options) as mine,
    ):
        # The other certificates may take a moment longer than the first one.
        eventually(lambda: theirs.ask("https", "x.w.internal", "x.w.internal") != "refused", 2)
        expected = {question: theirs.ask(*question) for question in QUESTIONS}
        assert {question: mine.ask(*question) for question in QUESTIONS} == expected
