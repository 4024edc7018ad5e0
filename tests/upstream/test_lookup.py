"""Upstreams that are looked up."""

from __future__ import annotations

import pytest

from pogoproxy.errors import NoUpstream
from pogoproxy.upstream.lookup import LookedUp
from pogoproxy.upstream.target import Targets
from tests.exchanges import make


class Names:
    """A name server with a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked = 0
        self.answer: list[str] | None = ["10.0.0.1", "::1"]

    async def resolve(self, name: str) -> list[str]:
        self.asked += 1
        if self.answer is None:
            raise OSError("no answer")
        return self.answer

    def source(self) -> LookedUp:
        return LookedUp("name", 80, Targets(), refresh=10, resolve=self.resolve, clock=lambda: self.now)


async def test_an_answer_is_kept_until_it_is_old():
    names, (exchange, _) = Names(), make()
    source = names.source()
    assert [str(target) for target in await source.wait(exchange)] == ["10.0.0.1:80", "[::1]:80"]
    assert source.available(exchange) == await source.wait(exchange)
    assert names.asked == 1
    names.now = 10.0
    names.answer = ["10.0.0.2"]
    assert source.available(exchange) == ()
    assert [str(target) for target in await source.wait(exchange)] == ["10.0.0.2:80"]


async def test_the_last_good_answer_outlives_the_name_server():
    names, (exchange, _) = Names(), make()
    source = names.source()
    before = await source.wait(exchange)
    names.now, names.answer = 10.0, None
    assert await source.wait(exchange) == before
    assert source.available(exchange) == before


async def test_a_name_that_was_never_found_has_no_upstream():
    names, (exchange, _) = Names(), make()
    names.answer = None
    with pytest.raises(NoUpstream, match="name has no address"):
        await names.source().wait(exchange)
