"""Lines of `tls` and of `listener_wrappers` on the real server: where certificates come from, and what they are."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.answering import answering
from tests.e2e.conftest import READY, eventually, free_port
from tests.e2e.test_https import ServeSite, Site, serve_https
from tests.http.test_proxy_header import V1, V2
from tests.tls.certificates import Made, make

__all__ = ["serve_https"]

pytestmark = pytest.mark.e2e


def served(site: Site, name: str) -> x509.Certificate:
    """The certificate for the name, whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", site.https), 10) as raw,
        context.wrap_socket(raw, server_hostname=name) as client,
    ):
        return x509.load_der_x509_certificate(client.getpeercert(binary_form=True) or b"")


def test_a_folder_of_bundles_is_loaded(serve_https: ServeSite, tmp_path: Path):
    folder = tmp_path / "bundles" / "below"
    folder.mkdir(parents=True)
    made = make("a.internal")
    (folder / "a.pem").write_text(made.pem + made.key_pem)
    site = serve_https(f"a.internal {{\n tls {{\n load {tmp_path / 'bundles'}\n }}\n respond hi\n}}\n")
    assert served(site, "a.internal") == made.certificate


@contextlib.contextmanager
def giving(made: Made, name: str) -> Iterator[tuple[str, list[str]]]:
    """A URL that has the certificate of one name, and the names that it was asked for."""
    asked: list[str] = []

    def respond(target: str, _: bytes) -> tuple[int, bytes]:
        (wanted,) = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query)["server_name"]
        asked.append(wanted)
        return (200, (made.pem + made.key_pem).encode()) if wanted == name else (204, b"")

    with answering(respond) as url:
        yield url, asked


def test_others_may_have_the_certificates(serve_https: ServeSite):
    made = make("a.w.internal")
    with giving(made, "a.w.internal") as (url, asked):
        site = serve_https(f"*.w.internal {{\n tls {{\n get_certificate http {url}\n }}\n respond hi\n}}\n")
        assert served(site, "a.w.internal") == made.certificate
        with pytest.raises(ssl.SSLError):
            served(site, "b.w.internal")
        assert {*asked} == {"a.w.internal", "b.w.internal"}


def test_our_own_authority_may_sign_for_whom_clients_ask(serve_https: ServeSite):
    with giving(make("x"), "good.internal") as (url, _):
        ask = f"on_demand_tls {{\n ask {url.removesuffix('/')}/?server_name=good.internal\n}}"
        site = serve_https("https:// {\n tls internal {\n on_demand\n }\n respond hi\n}\n", ask)
        assert site.get("any.internal").endswith("hi")


KEYS = {
    "ed25519": (ed25519.Ed25519PublicKey, 0),
    "p256": (ec.EllipticCurvePublicKey, 256),
    "p384": (ec.EllipticCurvePublicKey, 384),
    "rsa2048": (rsa.RSAPublicKey, 2048),
    "rsa4096": (rsa.RSAPublicKey, 4096),
}


def test_keys_are_of_the_wanted_types(serve_https: ServeSite):
    sites = "".join(f"{kind}.internal {{\n tls {{\n key_type {kind}\n }}\n respond hi\n}}\n" for kind in KEYS)
    site = serve_https(sites)
    for kind, (expected, size) in KEYS.items():
        key = served(site, f"{kind}.internal").public_key()
        assert isinstance(key, expected)
        assert not size or key.key_size == size


def test_an_authority_of_our_own_is_as_configured(serve_https: ServeSite):
    admin = free_port()
    pki = (
        "pki {\n ca corp {\n name Corp\n root_cn Root-of-Corp\n intermediate_cn Below\n intermediate_lifetime 3d\n }\n}"
    )
    issuer = "issuer internal {\n ca corp\n lifetime 2h\n"
    site = serve_https(
        f"a.internal {{\n tls {{\n {issuer} }}\n }}\n respond hi\n}}\n"
        f"b.internal {{\n tls {{\n {issuer} sign_with_root\n }}\n }}\n respond hi\n}}\n",
        f"admin localhost:{admin}\n{pki}",
    )
    first, second = served(site, "a.internal"), served(site, "b.internal")
    assert (first.not_valid_after_utc - first.not_valid_before_utc).total_seconds() == 2 * 3600
    assert first.issuer.rfc4514_string() == "CN=Below"
    assert second.issuer.rfc4514_string() == "CN=Root-of-Corp"
    with urllib.request.urlopen(f"http://localhost:{admin}/pki/ca/corp", timeout=10) as answer:
        told = json.load(answer)
    root = x509.load_pem_x509_certificate(told["root_certificate"].encode())
    second.verify_directly_issued_by(root)
    assert told["name"] == "Corp"


def test_session_keys_are_logged_where_that_is_wanted(serve_https: ServeSite, tmp_path: Path):
    secrets = tmp_path / "secrets"
    tls = f"tls internal {{\n insecure_secrets_log {secrets}\n }}"
    site = serve_https(f"localhost {{\n {tls}\n respond hi\n}}\nother.internal {{\n respond hi\n}}\n")
    site.get("other.internal")
    assert "SECRET" not in secrets.read_text()
    site.get("localhost")
    assert eventually(lambda: "CLIENT_TRAFFIC_SECRET_0" in secrets.read_text(), READY)


def announced(site: Site, header: bytes) -> bytes:
    """The answer to a request behind a header of the PROXY protocol; nothing if the connection is cut."""
    try:
        with socket.create_connection(("127.0.0.1", site.https), 10) as raw:
            raw.sendall(header)
            with site.context().wrap_socket(raw, server_hostname="localhost") as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return b"".join(iter(lambda: client.recv(65536), b""))
    except (OSError, ssl.SSLError):
        return b""


@pytest.mark.parametrize(
    ("lines", "with_header", "without"),
    [
        ("allow 127.0.0.1/32", b"192.0.2.1", b"127.0.0.1"),
        ("allow 10.0.0.0/8", b"127.0.0.1", b"127.0.0.1"),
        ("deny 127.0.0.1/32", b"", b"127.0.0.1"),
        ("fallback_policy REQUIRE", b"192.0.2.1", b""),
        ("fallback_policy REJECT", b"", b"127.0.0.1"),
    ],
)
def test_a_proxy_is_believed_as_configured(serve_https: ServeSite, lines: str, with_header: bytes, without: bytes):
    wrappers = f"servers {{\n listener_wrappers {{\n proxy_protocol {{\n {lines}\n }}\n tls\n }}\n }}"
    site = serve_https("localhost {\n respond {client_ip}\n}\n", wrappers)
    for header, expected in ((V1, with_header), (V2, with_header), (b"", without)):
        assert announced(site, header).rpartition(b"\r\n")[2] == expected


def test_http_on_the_port_of_https_may_be_redirected(serve_https: ServeSite):
    wrappers = "servers {\n listener_wrappers {\n http_redirect\n tls\n }\n }"
    site = serve_https("localhost {\n respond hi\n}\n", wrappers)
    with socket.create_connection(("127.0.0.1", site.https), 10) as client:
        client.sendall(b"GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        answer = b"".join(iter(lambda: client.recv(65536), b"")).decode()
    assert answer.startswith("HTTP/1.0 308 ")
    assert "\r\nLocation: https://localhost" in answer
