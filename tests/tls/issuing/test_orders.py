from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from acme import errors, messages
from cryptography import x509

from pogoproxy.tls.acme import AcmeIssuer, PortChallenge
from pogoproxy.tls.acme import Challenges as Settings
from pogoproxy.tls.issuing import keys
from pogoproxy.tls.issuing.challenges import Challenges
from pogoproxy.tls.issuing.issuer import IssuanceError
from pogoproxy.tls.issuing.orders import Orders
from pogoproxy.tls.keeping.files import FileStorage


class Refusing:
    """An authority that takes no order."""

    def __init__(self, problem: Exception) -> None:
        self.problem = problem
        self.orders: list[tuple[x509.CertificateSigningRequest, str | None]] = []

    def new_order(self, request: bytes, profile: str | None) -> Any:
        self.orders.append((x509.load_pem_x509_csr(request), profile))
        raise self.problem


def ordered(folder: Path, name: str, problem: Exception | None = None, **config: Any) -> tuple[Refusing, IssuanceError]:
    """What was ordered, and why in vain."""
    storage = FileStorage(folder)
    orders = Orders(AcmeIssuer(ca="https://authority/dir", **config), storage, Challenges(storage))
    remote = Refusing(problem or errors.ClientError("no"))
    orders._session._client = remote  # type: ignore[assignment]
    with pytest.raises(IssuanceError) as refused:
        orders.issue(name, keys.to_pem(keys.make()))
    return remote, refused.value


def test_each_challenge_is_an_order_of_its_own_with_the_profile(tmp_path: Path):
    remote, refused = ordered(tmp_path, "a.example.com", profile="shortlived")
    assert [profile for _, profile in remote.orders] == ["shortlived", "shortlived"]
    assert str(refused) == "no; no"


@pytest.mark.parametrize(("name", "kind"), [("a.example.com", x509.DNSName), ("192.0.2.1", x509.IPAddress)])
def test_the_name_is_asked_for_as_what_it_is(tmp_path: Path, name: str, kind: type[x509.GeneralName]):
    remote, _ = ordered(tmp_path, name)
    asked = remote.orders[0][0].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in asked if isinstance(one, kind)] == [name]


def test_a_challenge_that_is_switched_off_is_not_tried(tmp_path: Path):
    remote, _ = ordered(tmp_path, "a.example.com", challenges=Settings(http=PortChallenge(disabled=True)))
    assert len(remote.orders) == 1


def test_a_limit_that_is_reached_is_respected_for_an_hour(tmp_path: Path):
    remote, refused = ordered(tmp_path, "a.example.com", messages.Error.with_code("rateLimited", detail="too many"))
    assert refused.retry_after == 3600
    assert len(remote.orders) == 1


def test_a_wildcard_is_not_ordered_without_dns(tmp_path: Path):
    remote, refused = ordered(tmp_path, "*.example.com")
    assert "proved by DNS alone" in str(refused)
    assert remote.orders == []
