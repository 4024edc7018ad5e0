"""Load balancing policies."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pogoproxy.upstream import select
from pogoproxy.upstream.target import Target, Targets
from tests.exchanges import make


@pytest.fixture
def three() -> list[Target]:
    targets = Targets()
    return [targets.at(f"10.0.0.{number}:80") for number in (1, 2, 3)]


def chosen(policy: select.Policy, targets: list[Target], times: int, **request: object) -> list[int]:
    exchange, _ = make(**request)
    return [targets.index(target) for _ in range(times) if (target := policy(targets, exchange)) is not None]


def test_no_policy_chooses_where_there_is_nothing():
    exchange, _ = make()
    policies = [
        select.first,
        select.round_robin(),
        select.weighted_round_robin({}),
        select.random_choice(),
        select.random_choose(2),
        select.least_conn(),
        select.hashed(lambda _: "x"),
        select.sticky("lb", "", 0, select.first),
    ]
    assert [policy([], exchange) for policy in policies] == [None] * len(policies)


def test_first_and_round_robin(three):
    assert chosen(select.first, three, 3) == [0, 0, 0]
    assert chosen(select.round_robin(), three, 5) == [1, 2, 0, 1, 2]


def test_weights_give_that_many_turns(three):
    policy = select.weighted_round_robin(dict(zip(three, (3, 0, 1), strict=True)))
    assert chosen(policy, three, 8) == [0, 0, 0, 2, 0, 0, 0, 2]


def test_random_reaches_all(three):
    assert set(chosen(select.random_choice(random.Random(1)), three, 50)) == {0, 1, 2}


def test_the_least_loaded_is_chosen_and_equals_share(three):
    three[0].active, three[1].active, three[2].active = 2, 1, 1
    counts = Counter(chosen(select.least_conn(random.Random(1)), three, 100))
    assert set(counts) == {1, 2}
    assert min(counts.values()) > 30


def test_of_some_random_ones_the_least_loaded_is_chosen(three):
    three[0].active = 9
    assert 0 not in chosen(select.random_choose(2, random.Random(1)), three, 50)


def test_a_hash_is_steady_and_moves_only_the_keys_of_a_lost_target(three):
    keys = [f"client{number}" for number in range(200)]

    def where(targets: list[Target]) -> dict[str, Target]:
        found = {}
        for key in keys:
            exchange, _ = make()
            target = select.hashed(lambda _, key=key: key)(targets, exchange)
            assert target is not None
            found[key] = target
        return found

    before, after = where(three), where(three[:2])
    assert set(before.values()) == set(three)
    assert all(after[key] is before[key] for key in keys if before[key] is not three[2])


def test_without_a_key_the_fallback_chooses(three):
    assert chosen(select.hashed(lambda _: "", select.first), three, 2) == [0, 0]


def test_a_cookie_of_no_target_is_replaced(three):
    exchange, _ = make(headers=[(b"Cookie", b"lb=forged")])
    assert select.sticky("lb", "s", 60, select.first)(three, exchange) is three[0]
    ((name, value),) = exchange.response_headers
    assert name == b"Set-Cookie"
    assert value.endswith(b"; Path=/; Max-Age=60; HttpOnly; SameSite=Lax")
    again, _ = make(headers=[(b"Cookie", value.partition(b";")[0])])
    assert select.sticky("lb", "s", 60, select.round_robin())(three, again) is three[0]
    assert again.response_headers == []
