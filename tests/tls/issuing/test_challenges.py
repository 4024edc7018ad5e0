from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from pogoproxy.tls.issuing.challenges import Challenges
from pogoproxy.tls.issuing.shared import HTTP, TLS_ALPN
from pogoproxy.tls.keeping.files import FileStorage

WRITTEN_BY_CADDY = """{"type":"http-01","url":"https://authority/chal/1","status":"pending","token":"tok",
"keyAuthorization":"tok.thumb","identifier":{"type":"dns","value":"a.example.com"}}"""


async def test_a_token_is_for_its_host_alone(tmp_path: Path):
    challenges = Challenges(FileStorage(tmp_path))
    challenges.open_http("a.example.com", "tok", "tok.thumb")
    assert await challenges.text_of("A.example.com", "tok") == "tok.thumb"
    assert await challenges.text_of("b.example.com", "tok") == ""
    challenges.close_http("tok")
    assert await challenges.text_of("a.example.com", "tok") == ""


async def test_what_another_server_orders_is_answered(tmp_path: Path):
    ordering, asked = (Challenges(FileStorage(tmp_path)) for _ in range(2))
    asked.share("authority-dir")
    with ordering.share("authority-dir").offered(HTTP, "a.example.com", "tok", "tok.thumb"):
        assert await asked.text_of("a.example.com", "tok") == "tok.thumb"
        assert await asked.text_of("a.example.com", "else") == ""
        assert await asked.proof_of("a.example.com") is None
    assert await asked.text_of("a.example.com", "tok") == ""


@pytest.mark.parametrize(("name", "server_name"), [("a.b", "a.b"), ("192.0.2.1", "1.2.0.192.in-addr.arpa")])
async def test_its_proofs_are_made_anew(tmp_path: Path, name: str, server_name: str):
    challenges = Challenges(FileStorage(tmp_path))
    with challenges.share("authority-dir").offered(TLS_ALPN, name, "tok", "tok.thumb"):
        found = await challenges.proof_of(server_name)
        assert found is not None
        assert name in found.names
        leaf = x509.load_pem_x509_certificate(found.chain.encode())
        assert leaf.extensions.get_extension_for_oid(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")).critical
        assert await challenges.text_of(name, "tok") == ""


async def test_what_caddy_orders_is_answered(tmp_path: Path):
    challenges = Challenges(FileStorage(tmp_path))
    challenges.share("authority-dir")
    folder = tmp_path / "acme" / "authority-dir" / "challenge_tokens"
    folder.mkdir(parents=True)
    (folder / "a.example.com.json").write_text(WRITTEN_BY_CADDY)
    assert await challenges.text_of("a.example.com", "tok") == "tok.thumb"


@pytest.mark.parametrize("name", ["../../certificates/x", "a/../b", "", "a\0b"])
async def test_no_other_file_is_looked_at(tmp_path: Path, name: str):
    challenges = Challenges(FileStorage(tmp_path))
    challenges.share("authority-dir")
    (tmp_path / "acme" / "authority-dir" / "challenge_tokens").mkdir(parents=True)
    assert await challenges.text_of(name, "tok") == ""


async def test_nonsense_in_the_storage_answers_nothing(tmp_path: Path):
    challenges = Challenges(FileStorage(tmp_path))
    challenges.share("authority-dir")
    folder = tmp_path / "acme" / "authority-dir" / "challenge_tokens"
    folder.mkdir(parents=True)
    (folder / "a.example.com.json").write_text('{"type": 1}')
    assert await challenges.text_of("a.example.com", "tok") == ""
