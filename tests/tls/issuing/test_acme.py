from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.tls.acme import LETS_ENCRYPT, STAGING, AcmeIssuer
from pogoproxy.tls.issuing.acme import Acme
from pogoproxy.tls.issuing.challenges import Challenges
from pogoproxy.tls.issuing.issuer import IssuanceError, Issued
from pogoproxy.tls.keeping.files import FileStorage


@pytest.mark.parametrize(
    ("config", "directory"),
    [
        (AcmeIssuer(), STAGING),
        (AcmeIssuer(ca=LETS_ENCRYPT), STAGING),
        (AcmeIssuer(test_ca="https://test/dir"), "https://test/dir"),
        (AcmeIssuer(ca="https://other/dir", test_ca="https://test/dir"), "https://test/dir"),
    ],
)
def test_a_rehearsal_is_at_the_authority_for_tests(config: AcmeIssuer, directory: str):
    assert config.rehearsal is not None
    assert config.rehearsal.directory == directory
    assert config.rehearsal.rehearsal is None


@pytest.mark.parametrize("config", [AcmeIssuer(ca=STAGING), AcmeIssuer(ca="https://other/dir")])
def test_others_have_none(config: AcmeIssuer):
    assert config.rehearsal is None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of the issuers that were asked; the one with `down` in its key fails."""
    keys: list[str] = []

    async def by_one(self: Acme, work: Callable[..., Any]) -> Issued:
        keys.append(self.key)
        if "down" in self.key:
            raise IssuanceError("down")
        return Issued("chain")

    monkeypatch.setattr(Acme, "_by_one", by_one)
    return keys


def acme(folder: Path, **config: str) -> Acme:
    storage = FileStorage(folder)
    return Acme(AcmeIssuer(ca="https://real/dir", **config), storage, Challenges(storage))


async def test_a_first_attempt_is_in_earnest_and_further_ones_are_rehearsed(tmp_path: Path, asked: list[str]):
    issuer = acme(tmp_path, test_ca="https://test/dir")
    await issuer.issue("a.example.com", "key")
    assert asked == ["real-dir"]
    await issuer.issue("a.example.com", "key", is_retry=True)
    assert asked == ["real-dir", "test-dir", "real-dir"]


async def test_what_fails_in_rehearsal_does_not_come_on_stage(tmp_path: Path, asked: list[str]):
    with pytest.raises(IssuanceError):
        await acme(tmp_path, test_ca="https://down/dir").issue("a.example.com", "key", is_retry=True)
    assert asked == ["down-dir"]


async def test_without_a_stage_for_rehearsals_there_is_none(tmp_path: Path, asked: list[str]):
    await acme(tmp_path).issue("a.example.com", "key", is_retry=True)
    assert asked == ["real-dir"]
