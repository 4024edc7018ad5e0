"""Go's stable sort: stable for an order, and for what is none just as Go's algorithm leaves it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.adapt.ordering import stable_sorted

Pairs = st.lists(st.tuples(st.integers(0, 5), st.integers()), max_size=200)


@given(Pairs)
def test_sorts_stably_by_an_order(pairs: list[tuple[int, int]]) -> None:
    assert stable_sorted(pairs, lambda one, other: one[0] < other[0]) == sorted(pairs, key=lambda pair: pair[0])


@given(Pairs)
def test_loses_nothing_under_a_predicate_that_is_no_order(pairs: list[tuple[int, int]]) -> None:
    assert sorted(stable_sorted(pairs, lambda one, other: not one[0] < other[0])) == sorted(pairs)


def test_equal_elements_are_reversed_within_a_run_by_a_negated_order() -> None:
    assert stable_sorted("abc", lambda one, other: True) == ["c", "b", "a"]


def test_runs_of_twenty_are_merged_as_go_merges_them() -> None:
    """As Caddy 2.11 orders 25 `vars` that are equal: the second run first, and each run reversed."""
    rows = list(range(25))
    assert stable_sorted(rows, lambda one, other: True) == [*range(24, 19, -1), *range(19, -1, -1)]
