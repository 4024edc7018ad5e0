"""Upstreams that are looked up."""

from __future__ import annotations

import asyncio
import logging

import pytest

from pogoproxy.errors import NoUpstream
from pogoproxy.http.placeholders import template
from pogoproxy.upstream.lookup import LookedUp, Several, WithFallback
from pogoproxy.upstream.target import FixedTargets, Targets
from tests.exchanges import make


class Names:
    """A name server with a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[str] = []
        self.answer: list[str] | None = ["10.0.0.1:80", "[::1]:80"]

    async def find(self, query: str) -> list[str]:
        self.asked.append(query)
        await asyncio.sleep(0)
        if self.answer is None:
            raise OSError("no answer")
        return self.answer

    def source(self, query: str = "name") -> LookedUp:
        return LookedUp(template(query), self.find, Targets(), refresh=10, grace=3, clock=lambda: self.now)


def written(targets):
    return [str(target) for target in targets]


async def test_an_answer_is_kept_until_it_is_old():
    names, (exchange, _) = Names(), make()
    source = names.source()
    assert written(await source.wait(exchange)) == ["10.0.0.1:80", "[::1]:80"]
    assert source.available(exchange) == await source.wait(exchange)
    assert names.asked == ["name"]
    names.now = 10.0
    names.answer = ["10.0.0.2:80"]
    assert source.available(exchange) == ()
    assert written(await source.wait(exchange)) == ["10.0.0.2:80"]


async def test_the_last_good_answer_outlives_the_name_server(caplog):
    names, (exchange, _) = Names(), make()
    source = names.source()
    before = await source.wait(exchange)
    names.now, names.answer = 10.0, None
    assert await source.wait(exchange) == before
    assert source.available(exchange) == before
    assert "upstream look-up failed name=name error=no answer last_good=2" in caplog.text
    names.now, names.answer = 13.0, ["10.0.0.2:80"]
    assert source.available(exchange) == ()
    assert written(await source.wait(exchange)) == ["10.0.0.2:80"]


async def test_an_answer_that_is_in_doubt_is_asked_for_anew():
    names, (exchange, _) = Names(), make()
    names.now = 1.0
    source = Several([WithFallback(names.source(), FixedTargets([]))])
    await source.wait(exchange)
    source.doubt(exchange)
    names.answer = ["10.0.0.2:80"]
    assert not source.available(exchange)
    assert written(await source.wait(exchange)) == ["10.0.0.2:80"]


async def test_a_name_that_was_never_found_has_no_upstream_and_is_not_asked_for_by_every_request(caplog):
    caplog.set_level(logging.ERROR)
    names, (exchange, _) = Names(), make()
    names.answer = None
    source = names.source()
    outcomes = await asyncio.gather(*(source.wait(exchange) for _ in range(20)), return_exceptions=True)
    assert {(type(outcome), str(outcome)) for outcome in outcomes} == {(NoUpstream, "no upstreams found for name")}
    assert names.asked == ["name"]
    names.now, names.answer = 1.0, ["10.0.0.2:80"]
    assert written(await source.wait(exchange)) == ["10.0.0.2:80"]


async def test_each_query_of_placeholders_has_an_answer_of_its_own_and_there_are_not_too_many():
    names = Names()
    source = names.source("{http.request.host}:80")
    for number in range(150):
        exchange, _ = make(host=f"host{number}")
        await source.wait(exchange)
        assert source.available(exchange)
    assert names.asked == [f"host{number}:80" for number in range(150)]
    assert not source.available(make(host="host0")[0])
    assert source.available(make(host="host149")[0])


async def test_several_sources_count_together_and_one_that_fails_is_passed_over():
    good, bad, (exchange, _) = Names(), Names(), make()
    bad.answer = None
    several = Several([bad.source(), good.source()])
    assert not several.available(exchange)
    assert written(await several.wait(exchange)) == good.answer
    with pytest.raises(NoUpstream, match="no source has upstreams"):
        await Several([bad.source()]).wait(exchange)


async def test_configured_targets_stand_in_where_none_are_found():
    names, (exchange, _) = Names(), make()
    targets = [Targets().at("10.9.9.9:1")]
    source = WithFallback(names.source(), FixedTargets(targets))
    assert written(await source.wait(exchange)) == names.answer
    names.answer = None
    assert await WithFallback(names.source(), FixedTargets(targets)).wait(exchange) == targets
