"""What an authority may answer to a request that is signed for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from acme import client, messages
from josepy.b64 import b64decode
from josepy.jwk import JWK

from pogoproxy.tls.acme import ZEROSSL_DIRECTORY, AcmeIssuer, ExternalAccount
from pogoproxy.tls.issuing import keys, zerossl
from pogoproxy.tls.issuing.session import Session, _Patient
from pogoproxy.tls.keeping.files import FileStorage


def refusing(times: int, code: str, monkeypatch: pytest.MonkeyPatch) -> tuple[client.ClientNetwork, list[str]]:
    """A network whose authority refuses so many requests before it takes one, and what was sent."""
    sent: list[str] = []

    def post_once(_: Any, url: str, *args: Any, **kwargs: Any) -> str:
        sent.append(url)
        if len(sent) <= times:
            raise messages.Error.with_code(code)
        return "answer"

    monkeypatch.setattr(client.ClientNetwork, "_post_once", post_once)
    return _Patient(), sent


def test_a_nonce_that_is_refused_several_times_in_a_row_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    network, sent = refusing(4, "badNonce", monkeypatch)
    assert network.post("/order", None) == "answer"  # type: ignore[comparison-overlap]
    assert len(sent) == 5


@pytest.mark.parametrize(("code", "times"), [("badNonce", 6), ("rateLimited", 1)])
def test_what_does_not_end_and_what_is_no_matter_of_nonces_is_said(
    code: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, sent = refusing(100, code, monkeypatch)
    with pytest.raises(messages.Error, match=code):
        network.post("/order", None)
    assert len(sent) == times


def test_an_account_at_zerossl_is_bound_to_what_it_gives_for_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[messages.NewRegistration] = []

    class Remote:
        """An authority that takes everybody."""

        directory = messages.Directory({"newAccount": "https://acme.zerossl.com/new"})

        def new_account(self, wanted: messages.NewRegistration) -> messages.RegistrationResource:
            registered.append(wanted)
            return messages.RegistrationResource(uri="https://acme.zerossl.com/1", body=messages.Registration())

    given = ExternalAccount(key_id="kid-1", mac_key="bWFj")
    monkeypatch.setattr(zerossl, "external_account", lambda email: given if email == "me@example.com" else None)
    session = Session(AcmeIssuer(ca=ZEROSSL_DIRECTORY, email="me@example.com"), FileStorage(tmp_path))
    pem = keys.to_pem(keys.make())
    session.key = JWK.load(pem.encode())
    session._register(Remote(), pem)  # type: ignore[arg-type]
    assert json.loads(b64decode(registered[0].external_account_binding["protected"]))["kid"] == "kid-1"
