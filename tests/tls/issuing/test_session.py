"""What an authority may answer to a request that is signed for it."""

from __future__ import annotations

from typing import Any

import pytest
from acme import client, messages

from pogoproxy.tls.issuing.session import _Patient


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
