from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from pathlib import Path

import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.tls.client_trust import ClientTrust
from pogoproxy.tls.connection import ConnectionPolicy
from pogoproxy.tls.contexts import Contexts, bare
from pogoproxy.tls.keeping.messages import Pair
from pogoproxy.tls.session import Context
from tests.tls.certificates import Made, make
from tests.tls.conftest import Fixed, ServeTls, client_context, connect

MADE = make("localhost")


def pair(made: Made = MADE) -> Pair:
    return Pair(made.pem, made.key_pem, "f" + str(made.certificate.serial_number))


def context(policy: ConnectionPolicy | None = None) -> Context:
    return Contexts(policy or ConnectionPolicy(), ["h2", "http/1.1"]).of([pair()])


def test_a_certificate_is_loaded_from_memory_and_leaves_no_descriptor():
    before = set(Path("/proc/self/fd").iterdir())
    context()
    assert set(Path("/proc/self/fd").iterdir()) == before


def test_a_context_is_made_once():
    contexts = Contexts(ConnectionPolicy(), [])
    assert contexts.of([pair()]) is contexts.of([pair()])
    assert contexts.of([pair()]) is not contexts.of([pair(make("other"))])


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_protocols_are_refused(serve_tls: ServeTls, version: ssl.TLSVersion):
    async with serve_tls(chooser=Fixed(context())) as site:
        with pytest.warns(DeprecationWarning):
            client = client_context(minimum_version=ssl.TLSVersion.TLSv1, maximum_version=version)
        client.set_ciphers("ALL:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await connect(site, context=client)


async def test_a_policy_sets_protocols(serve_tls: ServeTls):
    made = context(ConnectionPolicy(protocol_min="tls1.3"))
    async with serve_tls(chooser=Fixed(made)) as site:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await connect(site, context=client_context(maximum_version=ssl.TLSVersion.TLSv1_2))


async def test_a_policy_sets_ciphers(serve_tls: ServeTls):
    made = context(ConnectionPolicy(cipher_suites=("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",)))
    async with serve_tls(chooser=Fixed(made)) as site:
        client = await connect(site, context=client_context(maximum_version=ssl.TLSVersion.TLSv1_2))
        assert client.writer.get_extra_info("cipher")[0] == "ECDHE-ECDSA-CHACHA20-POLY1305"


async def test_ciphers_without_forward_secrecy_are_refused(serve_tls: ServeTls):
    async with serve_tls(chooser=Fixed(context())) as site:
        client = client_context(maximum_version=ssl.TLSVersion.TLSv1_2)
        client.set_ciphers("AES128-GCM-SHA256:AES256-SHA:DES-CBC3-SHA:@SECLEVEL=0")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await connect(site, context=client)


@pytest.mark.parametrize(
    "policy",
    [
        ConnectionPolicy(curves=("x25519", "secp256r1")),
        ConnectionPolicy(curves=("x25519mlkem768",)),
        ConnectionPolicy(curves=("x25519",)),
        ConnectionPolicy(cipher_suites=("TLS_RSA_WITH_RC4_128_SHA",)),
    ],
)
def test_what_cannot_be_done_is_refused(policy: ConnectionPolicy):
    with pytest.raises(ConfigError):
        bare(policy)


async def test_sessions_resume_but_not_where_clients_have_certificates(serve_tls: ServeTls):
    async def is_resumed(made: Context) -> bool:
        """Two connections, the second with the first one's session, by the blocking client, which can do that."""
        async with serve_tls(chooser=Fixed(made)) as site:
            script = (
                "import socket, ssl; c = ssl._create_unverified_context(); s = None\n"
                "for _ in range(2):\n"
                f"    raw = socket.create_connection({site.address!r})\n"
                "    t = c.wrap_socket(raw, server_hostname='localhost', session=s)\n"
                "    t.sendall(b'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n')\n"
                "    while t.recv(4096): pass\n"
                "    s = t.session\n"
                "print(t.session_reused)\n"
            )
            process = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=subprocess.PIPE)
            out, _ = await asyncio.wait_for(process.communicate(), 60)
            return out.strip() == b"True"

    assert await is_resumed(context())
    for mode in ("request", "verify_if_given"):
        trust = ClientTrust(mode, lambda: MADE.pem, None)
        assert not await is_resumed(Contexts(ConnectionPolicy(), [], trust).of([pair()]))


async def test_a_client_may_not_renegotiate(serve_tls: ServeTls):
    async with serve_tls(chooser=Fixed(context())) as site:
        process = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-connect", "{}:{}".format(*site.address), "-tls1_2"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readuntil(b"Verify return code"), 30)
        process.stdin.write(b"R\n")
        said = await asyncio.wait_for(process.stdout.read(), 30)
        await process.wait()
    assert b"no renegotiation" in said.lower()
