"""Clients that are asked for a certificate which nobody vouches for."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

import pytest

from pogoproxy.http.exchange import Exchange
from pogoproxy.tls.client_trust import ClientTrust
from pogoproxy.tls.connection import ConnectionPolicy
from pogoproxy.tls.contexts import Contexts
from pogoproxy.tls.keeping.messages import Pair
from tests.tls.certificates import Made, make
from tests.tls.conftest import Fixed, ServeTls, client_context, connect

SERVER = make("localhost")
ALICE = make("alice", days=-0.5)
"""Signed by nobody but herself, and expired."""
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
VERSIONS = (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)

each_version = pytest.mark.parametrize("version", VERSIONS, ids=["1.2", "1.3"])


def asking(mode: str, *leaves: Made) -> Fixed:
    """A server's side in this mode; with `leaves`, only they are welcome."""
    known = frozenset(ssl.PEM_cert_to_DER_cert(made.pem) for made in leaves)
    trust = ClientTrust(mode, lambda: "", known if leaves else None)
    contexts = Contexts(ConnectionPolicy(), ["h2", "http/1.1"], trust)
    return Fixed(contexts.of([Pair(SERVER.pem, SERVER.key_pem, "f")]), trust)


def bearing(made: Made | None, folder: Path, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    """A client's side with this certificate."""
    context = client_context(maximum_version=version)
    if made is not None:
        context.load_cert_chain(*made.write(folder, "client"))
    return context


async def subject(exchange: Exchange) -> None:
    """Who the client says it is."""
    assert exchange.tls is not None
    tls = exchange.tls
    text = f"{tls.get('client.subject')} {tls.get('version')} {tls.get('cipher_suite')} {tls.alpn}".encode()
    await exchange.writer.respond(200, [], text)


async def answer(serve_tls: ServeTls, chooser: Fixed, context: ssl.SSLContext) -> str:
    """The body that such a client gets, or `refused`."""
    async with serve_tls(subject, chooser) as site:
        try:
            client = await connect(site, context=context)
            client.send(GET.removesuffix(b"\r\n") + b"Connection: close\r\n\r\n")
            _, _, body = (await client.rest()).partition(b"\r\n\r\n")
        except (ssl.SSLError, ConnectionError):
            body = b""
    return body.decode() or "refused"


@each_version
@pytest.mark.parametrize("mode", ["request", "require"])
async def test_any_certificate_is_believed(serve_tls: ServeTls, tmp_path: Path, mode: str, version: ssl.TLSVersion):
    said = await answer(serve_tls, asking(mode), bearing(ALICE, tmp_path, version))
    if version is ssl.TLSVersion.TLSv1_2:
        assert said == "CN=alice tls1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 "
    else:
        assert said == "CN=alice tls1.3 TLS_AES_256_GCM_SHA384 "


@each_version
async def test_a_client_without_one_is_let_in_only_on_request(
    serve_tls: ServeTls, tmp_path: Path, version: ssl.TLSVersion
):
    context = bearing(None, tmp_path, version)
    assert (await answer(serve_tls, asking("request"), context)).startswith(" tls1.")
    assert await answer(serve_tls, asking("require"), context) == "refused"


async def test_of_a_chain_the_first_one_counts(serve_tls: ServeTls, tmp_path: Path):
    root = make("root", is_authority=True)
    between = make("between", issuer=root, is_authority=True)
    leaf = make("leaf", issuer=between)
    certificate, key = leaf.write(tmp_path, "client")
    certificate.write_text(leaf.pem + between.pem + root.pem)
    context = client_context()
    context.load_cert_chain(certificate, key)
    assert (await answer(serve_tls, asking("require"), context)).startswith("CN=leaf ")


async def test_a_certificate_that_the_verifiers_do_not_know_is_refused(serve_tls: ServeTls, tmp_path: Path):
    context = bearing(ALICE, tmp_path)
    assert (await answer(serve_tls, asking("require", ALICE), context)).startswith("CN=alice ")
    assert await answer(serve_tls, asking("require", SERVER), context) == "refused"


async def test_the_server_s_first_protocol_that_is_offered_is_agreed_on(serve_tls: ServeTls, tmp_path: Path):
    context = bearing(ALICE, tmp_path)
    context.set_alpn_protocols(["http/1.1", "h2"])
    async with serve_tls(subject, asking("require")) as site:
        client = await connect(site, context=context)
        assert client.writer.get_extra_info("ssl_object").selected_alpn_protocol() == "h2"


@each_version
async def test_large_bodies_pass_both_ways(serve_tls: ServeTls, tmp_path: Path, version: ssl.TLSVersion):
    """In many records at a time, of which pyOpenSSL does not say how many wait."""

    async def echo(exchange: Exchange) -> None:
        await exchange.writer.start(200, [], exchange.body.length)
        while piece := await exchange.body.read():
            await exchange.writer.write(piece)

    body = bytes(range(256)) * 8192
    async with serve_tls(echo, asking("require")) as site:
        client = await connect(site, context=bearing(ALICE, tmp_path, version))
        for _ in range(2):
            client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await client.head()
            assert await client.exactly(len(body)) == body


async def test_a_client_that_says_good_bye_is_closed(serve_tls: ServeTls, tmp_path: Path):
    async with serve_tls(subject, asking("require")) as site:
        client = await connect(site, context=bearing(ALICE, tmp_path))
        client.send(GET)
        await client.head()
        async with asyncio.timeout(20):
            client.close()
            await client.writer.wait_closed()


async def test_junk_in_place_of_a_record_ends_the_connection(serve_tls: ServeTls, tmp_path: Path):
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = bearing(ALICE, tmp_path).wrap_bio(incoming, outgoing)
    async with serve_tls(subject, asking("require")) as site:
        client = await site.connect()
        with pytest.raises(ssl.SSLWantReadError):
            tls.do_handshake()
        client.send(outgoing.read())
        async with asyncio.timeout(20):
            while True:
                incoming.write(await client.reader.read(65536))
                with contextlib.suppress(ssl.SSLWantReadError):
                    tls.do_handshake()
                    break
        client.send(outgoing.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
        assert b"HTTP" not in await client.rest()
