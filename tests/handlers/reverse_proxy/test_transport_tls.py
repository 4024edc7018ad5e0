"""TLS to the upstreams, with certificates made for the occasion."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pogoproxy.errors import ConfigError
from tests.tls.certificates import Made, make
from tests.wire import Client, Origin

ASK = b"GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\nX-Name: upstream.example\r\n\r\n"


@pytest.fixture(scope="module")
def authority() -> Made:
    return make("authority", is_authority=True)


@pytest.fixture(scope="module")
def own(authority: Made) -> Made:
    return make("upstream.example", "localhost", issuer=authority)


class Private:
    """An upstream with a certificate; keeps the heads it saw, and whose certificates and names."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.heads: list[bytes] = []
        self.clients: list[Any] = []
        self.names: list[str | None] = []
        context.sni_callback = lambda _, name, __: self.names.append(name)

    async def __call__(self, client: Client) -> None:
        self.heads.append(await client.head())
        self.clients.append(client.writer.get_extra_info("peercert"))
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        origin = Origin(self)
        server = await asyncio.start_server(origin.accept, "127.0.0.1", 0, ssl=self.context)
        async with server:
            yield f"localhost:{server.sockets[0].getsockname()[1]}"
            for client in origin.clients:
                client.close()


@pytest.fixture
def trusted(authority: Made, tmp_path: Path) -> dict[str, Any]:
    """The settings that trust the upstream."""
    return pools(authority, tmp_path)["inline"]


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where certificates are kept."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def upstream(own: Made, tmp_path: Path) -> Private:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*own.write(tmp_path, "own"))
    return Private(context)


def proxy(dial: str, **tls: Any) -> dict[str, Any]:
    transport = {"protocol": "http", "tls": tls}
    return {"handler": "reverse_proxy", "upstreams": [{"dial": dial}], "transport": transport}


def pools(authority: Made, folder: Path) -> dict[str, dict[str, Any]]:
    der = base64.b64encode(authority.certificate.public_bytes(Encoding.DER)).decode()
    file = str(authority.write(folder, "authority")[0])
    inline = {"provider": "inline", "trusted_ca_certs": [der]}
    return {
        "inline": {"ca": inline},
        "file": {"ca": {"provider": "file", "pem_files": [file]}},
        "combined": {"ca": {"provider": "combined", "sources": [{"provider": "system"}, inline]}},
        "old pool": {"root_ca_pool": [der]},
        "old files": {"root_ca_pem_files": [file]},
        "nobody": {"insecure_skip_verify": True},
    }


@pytest.mark.parametrize("pool", ["inline", "file", "combined", "old pool", "old files", "nobody"])
async def test_an_upstream_is_trusted_by_its_authority(configured, upstream, authority, tmp_path, pool):
    async with upstream.running() as dial, configured(proxy(dial, **pools(authority, tmp_path)[pool])) as running:
        assert (await running.ask(ASK)).endswith(b"ok")
    assert upstream.names == ["localhost"]
    assert b"\r\nHost: %b\r\n" % dial.encode() in upstream.heads[0]


@pytest.mark.parametrize("tls", [{}, {"ca": {"provider": "system"}}])
async def test_others_are_not(configured, upstream, tls):
    async with upstream.running() as dial, configured(proxy(dial, **tls)) as running:
        assert b" 502 " in await running.ask(ASK)
    assert upstream.heads == []


@pytest.mark.parametrize(
    ("name", "status"), [("upstream.example", b"200"), ("other", b"502"), ("{http.request.header.X-Name}", b"200")]
)
async def test_another_name_may_be_expected(configured, upstream, trusted, name, status):
    async with upstream.running() as dial, configured(proxy(dial, server_name=name, **trusted)) as running:
        assert (await running.ask(ASK))[9:12] == status
    assert upstream.names == ["other" if name == "other" else "upstream.example"]


async def test_a_name_that_can_be_none_is_a_failed_dial(configured, upstream, trusted):
    fields = {"server_name": "{http.request.header.X-Bad}", **trusted}
    async with upstream.running() as dial, configured(proxy(dial, **fields)) as running:
        assert b" 502 " in await running.ask(ASK.replace(b"X-Name: upstream.example", b"X-Bad: .a..b"))


async def test_we_may_have_a_certificate_ourselves(configured, upstream, authority, trusted, tmp_path):
    upstream.context.verify_mode = ssl.CERT_REQUIRED
    upstream.context.load_verify_locations(cadata=authority.pem)
    certificate, key = make("we", issuer=authority).write(tmp_path, "we")
    files = {"client_certificate_file": str(certificate), "client_certificate_key_file": str(key)}
    async with upstream.running() as dial:
        async with configured(proxy(dial, **trusted, **files)) as running:
            assert (await running.ask(ASK)).endswith(b"ok")
        async with configured(proxy(dial, **trusted)) as running:
            assert b" 502 " in await running.ask(ASK)
    assert upstream.clients[0]["subject"] == ((("commonName", "we"),),)


@pytest.mark.parametrize(("curve", "status"), [("secp384r1", b"200"), ("secp521r1", b"502")])
async def test_one_curve_may_be_named(configured, upstream, trusted, curve, status):
    upstream.context.set_ecdh_curve("secp384r1")
    async with upstream.running() as dial, configured(proxy(dial, curves=[curve], **trusted)) as running:
        assert (await running.ask(ASK))[9:12] == status


async def test_an_authority_of_our_own_is_trusted_once_it_is_there(storage, configured, upstream, authority):
    pool = {"ca": {"provider": "pki_root", "authority": ["ours"]}}
    async with upstream.running() as dial, configured(proxy(dial, **pool)) as running:
        assert b" 502 " in await running.ask(ASK)
        folder = storage / "pogoproxy" / "pki" / "authorities" / "ours"
        folder.mkdir(parents=True)
        (folder / "root.crt").write_text(authority.pem)
        assert (await running.ask(ASK)).endswith(b"ok")


async def test_some_ports_are_spoken_to_in_clear(configured, origin):
    async def answer(client: Client) -> None:
        await client.head()
        client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with origin(answer) as clear:
        port = str(clear.address[1])
        async with configured(proxy(clear.dial, except_ports=[port])) as running:
            assert (await running.ask(ASK)).endswith(b"ok")


async def test_a_handshake_that_hangs_is_a_failed_dial(configured, origin):
    async def hang(client: Client) -> None:
        await client.rest()

    async with origin(hang) as silent, configured(proxy(silent.dial, handshake_timeout="100ms")) as running:
        assert b"HTTP/1.1 50" in await running.ask(ASK)


@pytest.mark.parametrize(
    ("tls", "message"),
    [
        ({"renegotiation": "once"}, "tls_renegotiation once: Python's ssl only knows never"),
        ({"curves": ["secp384r1", "secp256r1"]}, "Python's ssl takes one curve"),
        ({"curves": ["x25519mlkem768"]}, "tls_curves: x25519mlkem768 is not supported"),
        ({"curves": ["x25519"]}, "tls_curves: x25519 is not supported"),
        ({"client_certificate_automate": "n"}, "tls_client_auth by a name"),
        ({"client_certificate_file": "c"}, "a client certificate is two files"),
        ({"client_certificate_file": "c", "client_certificate_key_file": "k"}, "loading client certificate key pair"),
        ({"root_ca_pem_files": ["/none"]}, "No such file"),
        ({"root_ca_pool": ["%"]}, "parsing CA certificate"),
        ({"root_ca_pool": ["AAAA"]}, "trust pool"),
        ({"root_ca_pool": ["AAAA"], "ca": {"provider": "system"}}, "conflicting config for Root CA pool"),
        ({"ca": {"provider": "http"}}, "trust_pool http is understood but not supported yet"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(configured, tls, message):
    with pytest.raises(ConfigError, match=message):
        async with configured(proxy("localhost:1", **tls)):
            pass
