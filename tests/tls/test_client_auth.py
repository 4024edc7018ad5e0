from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.tls.client_auth import certificates
from tests.adapted import mistakes, server


def pem(der: bytes, kind: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n"


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=3))
def test_all_certificates_of_a_file_are_read(ders: list[bytes]) -> None:
    text = "a comment\n" + "between\n".join(map(pem, ders))
    assert [base64.b64decode(found) for found in certificates(text, "x")] == ders


@pytest.mark.parametrize("text", ["", "nothing", pem(b"x", "PRIVATE KEY"), pem(b"x") + pem(b"y", "PRIVATE KEY")])
def test_a_file_without_certificates_or_with_keys_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no CERTIFICATE pem block found in x"):
        certificates(text, "x")


def client_auth(lines: str) -> object:
    (policy,) = server(f"tls {{\nclient_auth {{\n{lines}\n}}\n}}", "https_port 80\nhttp_port 81")[
        "tls_connection_policies"
    ]
    return policy["client_authentication"]


def test_old_forms_of_trust_become_a_pool(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(pem(b"one"))
    found = client_auth(f"trusted_ca_cert YWJj\ntrusted_ca_cert_file {tmp_path}/ca.pem")
    assert found == {"ca": {"provider": "inline", "trusted_ca_certs": ["YWJj", "b25l"]}}


def test_pools_may_be_combined() -> None:
    found = client_auth("trust_pool combined {\nsource system\nsource file a.pem\n}")
    assert found == {
        "ca": {
            "provider": "combined",
            "sources": [{"provider": "system"}, {"pem_files": ["a.pem"], "provider": "file"}],
        }
    }


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ("trust_pool system\ntrusted_ca_cert x", "cannot specify both 'trust_pool' and 'trusted_ca_cert' or"),
        ("trusted_ca_cert_file /nowhere.pem", "open /nowhere.pem: no such file or directory"),
        (
            "trust_pool nope",
            "getting module named 'tls.ca_pool.source.nope': module not registered: tls.ca_pool.source.nope",
        ),
        (
            "verifier dummy",
            "getting module named 'tls.client_auth.verifier.dummy': module not registered",
        ),
        ("trust_pool inline", "no certificates specified"),
        ("trust_pool pki_root", "no authorities specified"),
        ("colour blue", "unknown subdirective for client_auth: colour"),
    ],
)
def test_what_cannot_be_trusted_is_refused(lines: str, mistake: str) -> None:
    (found,) = mistakes(f"tls {{\nclient_auth {{\n{lines}\n}}\n}}")
    assert found.startswith(mistake)
