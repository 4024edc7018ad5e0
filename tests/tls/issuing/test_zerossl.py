from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from pogoproxy.tls.acme import ExternalAccount
from pogoproxy.tls.issuing.issuer import IssuanceError
from pogoproxy.tls.issuing.zerossl import external_account
from tests.answering import answering


@contextlib.contextmanager
def saying(status: int, answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    """A URL that answers so, and what was posted there."""
    posted: list[bytes] = []

    def respond(_: str, body: bytes) -> tuple[int, bytes]:
        posted.append(body)
        return status, answer

    with answering(respond) as url:
        yield url, posted


@pytest.mark.parametrize("success", ["true", "1"])
def test_an_account_is_made_for_an_address(success: str):
    answer = f'{{"success":{success},"eab_kid":"kid","eab_hmac_key":"mac"}}'
    with saying(200, answer.encode()) as (url, posted):
        assert external_account("me@example.com", url) == ExternalAccount(key_id="kid", mac_key="mac")
    assert posted == [b"email=me%40example.com"]


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (200, b'{"success":false,"error":{"code":2902,"type":"missing_email"}}', r"missing_email \(2902\)"),
        (500, b"{}", r"\(500\)"),
        (200, b"<html>", "JSON"),
    ],
)
def test_a_refusal_says_why(status: int, answer: bytes, reason: str):
    with saying(status, answer) as (url, _), pytest.raises(IssuanceError, match=reason):
        external_account("me@example.com", url)


def test_without_an_address_nobody_is_asked():
    with saying(200, b"{}") as (url, posted), pytest.raises(IssuanceError, match="e-mail"):
        external_account(" ", url)
    assert posted == []
