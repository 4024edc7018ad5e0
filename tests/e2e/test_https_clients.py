"""What real clients make of the default configuration, when they trust its authority, and what scanners find in it."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import READY, eventually, free_port
from tests.e2e.test_https import ServeSite, Site, serve_https

__all__ = ["serve_https"]

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

PAGE = "<title>{http.request.proto}</title>"
SITES = f"localhost {{\n header Content-Type text/html\n respond `{PAGE}`\n}}\n"

NODE = """
const [port, file] = process.argv.slice(1);
const ca = require("fs").readFileSync(file);
const options = { host: "localhost", port, ca, ALPNProtocols: ["http/1.1"] };
require("https").get(options, (answer) => answer.on("data", (data) => {
  const session = require("http2").connect(`https://localhost:${port}`, { ca });
  const stream = session.request({ ":path": "/" });
  stream.setEncoding("utf8").on("data", (other) => { console.log(`${data} ${other}`); session.close(); });
}));
"""


@pytest.fixture
def site(serve_https: ServeSite) -> Site:
    return serve_https(SITES)


@pytest.fixture
def run(peer: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[..., str]]:
    """`run(program, argument, …)` is what it says; its home is empty."""

    def running(program: str, *arguments: object, timeout: float = 60) -> str:
        command = [peer(program), *map(str, arguments)]
        environment = {**os.environ, "HOME": str(tmp_path)}
        done = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False
        )
        assert done.returncode == 0, done.stdout
        return done.stdout.decode(errors="replace")

    yield running


def url(site: Site) -> str:
    return f"https://localhost:{site.https}/"


@pytest.mark.parametrize(("option", "version"), [("--http1.1", "HTTP/1.1"), ("--http2", "HTTP/2.0")])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_curl_trusts_us(site: Site, run, option: str, version: str, tls: str):
    said = run("curl", "-sS", "--cacert", site.root, option, f"--tlsv{tls}", "--tls-max", tls, url(site))
    assert said == f"<title>{version}</title>"


def test_h2load_finds_all_requests_answered(site: Site, run):
    said = run("h2load", "-n", 2000, "-c", 10, "-m", 32, url(site))
    assert "2000 succeeded, 0 failed, 0 errored, 0 timeout" in said
    assert "TLS Protocol: TLSv1.3" in said


def test_nghttp_agrees_on_http2(site: Site, run):
    said = run("nghttp", "-v", "-m", 10, url(site))
    assert "The negotiated protocol: h2" in said
    assert len(re.findall("recv HEADERS frame", said)) == 10
    assert "RST_STREAM" not in said


def test_pythons_clients_trust_us(site: Site):
    with urllib.request.urlopen(url(site), context=site.context(), timeout=30) as answer:
        assert answer.read() == b"<title>HTTP/1.1</title>"
    kept = http.client.HTTPSConnection("localhost", site.https, context=site.context(), timeout=30)
    for _ in range(3):
        kept.request("GET", "/")
        assert kept.getresponse().read() == b"<title>HTTP/1.1</title>"
    kept.close()


def test_nodes_clients_trust_us(site: Site, run):
    said = run("node", "-e", NODE, site.https, site.root)
    assert said.strip() == "<title>HTTP/1.1</title> <title>HTTP/2.0</title>"


def test_chromium_trusts_us_once_it_knows_the_root(site: Site, run, tmp_path: Path):
    store = tmp_path / ".pki" / "nssdb"
    store.mkdir(parents=True)
    browse = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom")
    run("certutil", "-N", "-d", f"sql:{store}", "--empty-password")
    assert "<title>HTTP/2.0</title>" not in run("chromium", *browse, url(site))
    run("certutil", "-A", "-d", f"sql:{store}", "-t", "C,,", "-n", "pogoproxy", "-i", site.root)
    assert "<title>HTTP/2.0</title>" in run("chromium", *browse, url(site))


ABOUT_OURSELVES = {
    *("cert_expirationStatus", "cert_notAfter", "cert_revocation"),
    *("DNS_CAArecord", "HSTS", "security_headers"),
}
"""What testssl finds in certificates that live for hours, as our own authority's do, and in a site without headers."""


def test_testssl_finds_nothing_of_weight(site: Site, run, tmp_path: Path):
    found = tmp_path / "found.json"
    options = ("--quiet", "--fast", "--warnings", "off", "--openssl-timeout", 10, "--add-ca", site.root)
    checks = ("-p", "-s", "-f", "-P", "-S", "-h", "-U")
    run("testssl", *options, *checks, "--jsonfile", found, url(site), timeout=300)
    weighty = [one for one in json.loads(found.read_text()) if one["severity"] in ("MEDIUM", "HIGH", "CRITICAL")]
    assert [one for one in weighty if one["id"] not in ABOUT_OURSELVES] == []


def test_sslscan_finds_what_we_mean_to_offer(site: Site, run):
    said = run("sslscan", "--no-colour", "--no-groups", f"localhost:{site.https}")
    protocols = dict(re.findall(r"^((?:SSL|TLS)v[\d.]+) +(enabled|disabled)$", said, re.MULTILINE))
    assert {name for name, state in protocols.items() if state == "enabled"} == {"TLSv1.2", "TLSv1.3"}
    assert "Session renegotiation not supported" in said
    ciphers = re.findall(r"^(?:Preferred|Accepted) +\S+ +\d+ bits +(\S+)", said, re.MULTILINE)
    assert len(ciphers) == 6
    assert all("GCM" in name or "CHACHA20" in name for name in ciphers)


@pytest.mark.parametrize("group", ["ffdhe2048", "ffdhe8192"])
def test_a_costly_key_exchange_is_refused_and_counted(serve_https: ServeSite, peer, group: str):
    admin = free_port()
    site = serve_https(SITES, f"admin localhost:{admin}")
    command = [peer("openssl"), "s_client", "-groups", group, "-connect", f"localhost:{site.https}"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert b"handshake failure" in done.stderr

    def is_counted() -> bool:
        with urllib.request.urlopen(f"http://localhost:{admin}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return bool(re.search(r'pogoproxy_connections_refused_total\{[^}]*kind="handshake_failure"[^}]*\} 1', text))

    assert eventually(is_counted, READY)
