"""The decisions of the pool, without a connection."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.upstream.pool import Pool


@dataclass(eq=False)
class Fake:
    """A connection that does nothing."""

    idle_since: float = 0.0
    usable: bool = True
    closed: bool = False

    def is_usable(self) -> bool:
        return self.usable

    def close(self) -> None:
        self.closed = True


def test_the_last_one_put_back_is_taken_first():
    pool, one, two = Pool(), Fake(), Fake()
    pool.put(one, 0)
    pool.put(two, 0)
    assert pool.take(0) is two
    assert pool.take(0) is one
    assert pool.take(0) is None


def test_what_cannot_be_used_or_was_idle_too_long_is_passed_over():
    pool, good = Pool(idle_timeout=10), Fake()
    pool.put(good, 5)
    pool.put(Fake(usable=False), 5)
    pool.put(stale := Fake(), 5)
    stale.idle_since = 0
    assert pool.take(10) is good


def test_beyond_the_limit_the_oldest_goes():
    pool = Pool(limit=1)
    first, second = Fake(), Fake()
    assert pool.put(first, 0) is None
    assert pool.put(second, 1) is first
    assert repr(pool) == "<Pool 1 idle>"


def test_a_pool_of_none_keeps_none():
    only = Fake()
    assert Pool(limit=0).put(only, 0) is only


def test_the_expired_are_taken_out():
    pool = Pool(idle_timeout=10)
    old, young = Fake(), Fake()
    pool.put(old, 0)
    pool.put(young, 5)
    assert pool.expired(10) == [old]
    assert pool.take(10) is young


@given(st.lists(st.sampled_from(["put", "take", "close"]), max_size=40), st.integers(0, 5))
def test_no_connection_is_given_out_twice_and_the_limit_holds(steps, limit):
    pool = Pool(limit=limit)
    out: list[Fake] = []
    for now, step in enumerate(steps):
        if step == "put":
            pool.put(out.pop() if out else Fake(), now)
        elif step == "take" and (taken := pool.take(now)) is not None:
            assert taken not in out
            out.append(taken)
        elif step == "close" and len(pool):
            taken = pool.take(now)
            pool.forget(taken)
        assert len(pool) <= limit
