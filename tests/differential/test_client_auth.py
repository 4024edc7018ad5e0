"""Caddy and pogoproxy ask the same clients for certificates that nobody vouches for."""

from __future__ import annotations

import hashlib
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.differential.test_automatic_https import Peer, context, exchanged, serving
from tests.tls.certificates import make

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

ALICE, BOB = make("alice", "alice.test"), make("bob")

SITES = """
a.internal {{
	respond a
}}
request.internal {{
	tls {{
		client_auth {{
			mode request
		}}
	}}
	respond "{shown}"
}}
require.internal {{
	tls {{
		client_auth {{
			mode require
		}}
	}}
	respond "{shown}"
}}
pinned.internal {{
	tls {{
		client_auth {{
			verifier leaf {{
				file {folder}/alice.crt
			}}
		}}
	}}
	respond "{shown}"
}}
"""

SHOWN = " ".join(
    f"{{http.request.tls.{field}}}"
    for field in (
        "version",
        "client.subject",
        "client.issuer",
        "client.serial",
        "client.fingerprint",
        "client.san.dns_names.0",
    )
)

OF_NOTHING = ("<nil>", hashlib.sha256().hexdigest())
"""What Caddy says of the serial and the fingerprint of a certificate that there is not; here they are empty."""


def answer(peer: Peer, site: str, bearer: str, version: ssl.TLSVersion, folder: Path) -> str:
    """The body that a client with the certificate of that bearer gets, or that it is refused."""
    client = context()
    client.maximum_version = version
    if bearer:
        client.load_cert_chain(folder / f"{bearer}.crt", folder / f"{bearer}.key")
    try:
        with (
            socket.create_connection(("127.0.0.1", peer.https), 20) as raw,
            client.wrap_socket(raw, server_hostname=site) as secured,
        ):
            request = f"GET / HTTP/1.1\r\nHost: {site}\r\nConnection: close\r\n\r\n".encode()
            head, _, body = exchanged(secured, request).partition("\r\n\r\n")
    except (OSError, ssl.SSLError):
        return "refused"
    for nothing in OF_NOTHING:
        body = body.replace(nothing, "")
    return f"{head.split()[1]} {body}" if head else "refused"


@pytest.fixture(scope="module")
def pair(caddy: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Peer, Peer, Path]]:
    """Caddy, pogoproxy, and the folder with the clients' certificates."""
    folder = tmp_path_factory.mktemp("clients")
    ALICE.write(folder, "alice")
    BOB.write(folder, "bob")
    sites = SITES.format(shown=SHOWN, folder=folder)
    ours = [sys.executable, "-m", "pogoproxy"]
    with ExitStack() as stack:
        theirs = stack.enter_context(serving([caddy], folder / "caddy", sites, ""))
        yield theirs, stack.enter_context(serving(ours, folder / "pogoproxy", sites, "")), folder


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("bearer", ["", "alice", "bob"])
@pytest.mark.parametrize("site", ["request.internal", "require.internal", "pinned.internal"])
def test_the_same_clients_are_let_in(pair: tuple[Peer, Peer, Path], site: str, bearer: str, version: ssl.TLSVersion):
    theirs, mine, folder = pair
    assert answer(mine, site, bearer, version, folder) == answer(theirs, site, bearer, version, folder)
