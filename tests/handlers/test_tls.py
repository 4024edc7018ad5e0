from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.standard import LANGUAGE
from tests.adapted import mistakes


def config(text: str) -> Any:
    return msgspec.json.decode(adapt(text, "Caddyfile", LANGUAGE).text())["apps"]


def policies(text: str) -> Any:
    return config(text)["tls"]["automation"]["policies"]


@pytest.mark.parametrize(
    ("words", "mistake"),
    [
        ("", "wrong argument count or unexpected line ending after 'tls'"),
        ("a b c", "wrong argument count or unexpected line ending after 'c'"),
        ("yes", "single argument must either be 'internal', 'force_automate', or an email address"),
        ("{\nprotocols tls1.1\n}", "wrong protocol name or protocol not supported: 'tls1.1'"),
        ("{\nciphers RC4\n}", "wrong cipher suite name or cipher suite not supported: 'RC4'"),
        ("{\ncurves p256\n}", "Wrong curve name or curve not supported: 'p256'"),
        ("internal {\nca https://x\n}", "cannot create both ACME and internal certificate issuers"),
        ("a@b {\nissuer acme\n}", "cannot mix issuer subdirective (explicit issuers)"),
        (
            "{\ndns cloudflare\n}",
            "getting module named 'dns.providers.cloudflare': module not registered: dns.providers.cloudflare",
        ),
        ("{\nresolvers 1.1.1.1\n}", "setting DNS challenge options [resolvers] requires a DNS provider"),
        ("{\nrenewal_window_ratio 1\n}", "renewal_window_ratio must be between 0 and 1 (exclusive)"),
        ("{\ncolour blue\n}", "unknown subdirective: colour"),
    ],
)
def test_what_makes_no_sense_is_refused(words: str, mistake: str) -> None:
    (found,) = mistakes(f"tls {words}")
    assert found.startswith(mistake)


def test_a_certificate_file_is_loaded_once_under_one_tag() -> None:
    apps = config("a.com {\ntls c.pem k.pem\n}\nb.com {\ntls c.pem k.pem\n}\nc.com {\ntls d.pem k.pem\n}")
    tags = [file["tags"] for file in apps["tls"]["certificates"]["load_files"]]
    assert tags == [["cert0"], ["cert1"]]
    selected = [
        (policy["match"]["sni"], policy["certificate_selection"]["any_tag"])
        for policy in apps["http"]["servers"]["srv0"]["tls_connection_policies"][:2]
    ]
    assert selected == [(["a.com", "b.com"], ["cert0"]), (["c.com"], ["cert1"])]


def test_internal_names_beside_public_ones_get_the_local_issuer() -> None:
    assert policies("a.com, b.localhost {\ntls {\nkey_type p256\n}\n}") == [
        {"subjects": ["a.com"], "key_type": "p256"},
        {"subjects": ["b.localhost"], "issuers": [{"module": "internal"}], "key_type": "p256"},
    ]


def test_a_host_beside_an_address_for_all_is_named_for_automation() -> None:
    assert config(":443, a.com {\n}")["tls"] == {"certificates": {"automate": ["a.com"]}}


def test_a_site_on_two_ports_has_its_own_names_on_each() -> None:
    """Caddy gives both servers the names of the last."""
    servers = config("a.com, b.com:8443 {\ntls {\nalpn h2\n}\n}")["http"]["servers"]
    assert [server["tls_connection_policies"][0]["match"] for server in servers.values()] == [
        {"sni": ["a.com"]},
        {"sni": ["b.com"]},
    ]


def test_the_default_server_name_lets_its_site_answer_clients_that_send_none() -> None:
    apps = config("{\ndefault_sni a.com\n}\na.com {\ntls {\nalpn h2\n}\n}")
    first = apps["http"]["servers"]["srv0"]["tls_connection_policies"][0]
    assert (first["match"]["sni"], first["default_sni"]) == (["", "a.com"], "a.com")


def test_global_issuers_hold_for_all_names() -> None:
    assert policies("{\ncert_issuer acme https://ca\nhttp_port 8080\n}\na.com {\n}") == [
        {"issuers": [{"ca": "https://ca", "challenges": {"http": {"alternate_port": 8080}}, "module": "acme"}]}
    ]


def test_two_sites_for_all_names_cannot_have_different_issuers() -> None:
    (found,) = mistakes("tls internal\n}\nhttps:// {\nbind ::1\ntls internal\n}\nhttps:// {\nbind 127.0.0.1\ntls a@b")
    assert "is also default/catch-all policy" in found
