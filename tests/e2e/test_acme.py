"""Certificates by ACME from Pebble, whose challenges our own listeners answer."""

from __future__ import annotations

import json
import ssl
import sys
import urllib.request
from pathlib import Path

import pytest
from cryptography import x509

from tests.answering import answering
from tests.e2e.conftest import READY, eventually, free_port
from tests.e2e.pebble import EAB, Start, StartPebble, handshake, start, start_pebble

__all__ = ["start", "start_pebble"]

pytestmark = [pytest.mark.e2e, pytest.mark.peer]


SITE = "a.example.com {\n respond hi\n}\n"


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
    sites = SITE
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
        SITE,
        f"acme_eab {{\n key_id {EAB[0]}\n mac_key {EAB[1]}\n}}",
    )
    assert eventually(lambda: site.has_certificate("a.example.com"), READY), site.server.log


@pytest.mark.parametrize("preference", ["root_common_name", "any_common_name"])
def test_the_preferred_chain_is_taken(start_pebble: StartPebble, start: Start, tmp_path: Path, preference: str):
    pebble = start_pebble(PEBBLE_ALTERNATE_ROOTS="2", PEBBLE_CHAIN_LENGTH="2")
    root = x509.load_pem_x509_certificate(pebble.root(2)).subject.rfc4514_string().removeprefix("CN=")
    site = start(pebble, SITE, f'preferred_chains {{\n {preference} "{root}"\n}}')
    assert eventually(lambda: site.has_certificate("a.example.com"), READY), site.server.log
    (chain,) = (tmp_path / "data" / "certificates").rglob("a.example.com.crt")
    assert root in x509.load_pem_x509_certificates(chain.read_bytes())[-1].issuer.rfc4514_string()


def test_the_smallest_chain_is_taken(start_pebble: StartPebble, start: Start):
    site = start(start_pebble(PEBBLE_ALTERNATE_ROOTS="2"), SITE, "preferred_chains smallest")
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


def test_a_site_without_its_certificate_says_why_and_does_not_hold_up_others(start_pebble: StartPebble, start: Start):
    down, admin = f"https://127.0.0.1:{free_port()}/dir", free_port()
    sites = f"a.example.com {{\n tls {{\n issuer acme {down}\n }}\n respond hi\n}}\nlocalhost {{\n respond hi\n}}\n"
    site = start(start_pebble(), sites, f"admin localhost:{admin}")
    assert site.has_certificate("localhost")
    with pytest.raises(ssl.SSLError, match="INTERNAL_ERROR"):
        handshake(site.port, "a.example.com")
    assert eventually(lambda: '"certificate not obtained","name":"a.example.com"' in site.server.log, READY)
    with urllib.request.urlopen(f"http://localhost:{admin}/pogo/health", timeout=10) as answer:
        (missing,) = json.load(answer)["certificates_missing"]
    assert missing["name"] == "a.example.com"
    assert "refused" in missing["error"]


def permission(target: str, _: bytes) -> tuple[int, bytes]:
    """Names that begin with `good` are allowed."""
    return (200 if "domain=good" in target else 403), b""


def test_certificates_on_demand_are_for_allowed_names_alone(start_pebble: StartPebble, start: Start):
    with answering(permission) as url:
        options = f"on_demand_tls {{\n ask {url}check\n}}"
        pebble = start_pebble()
        site = start(pebble, f"https://:{pebble.https} {{\n tls {{\n on_demand\n }}\n respond hi\n}}\n", options)
        assert eventually(lambda: site.has_certificate("good.example.com"), READY), site.server.log
        assert not site.has_certificate("bad.example.com")
