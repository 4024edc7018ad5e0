from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.tls.automation import AutomationPolicy
from pogoproxy.tls.automation_policies import INTERNAL, Candidate, consolidated

ACME = msgspec.Raw(b'{"module":"acme"}')
TAILSCALE = msgspec.Raw(b'{"via":"tailscale"}')


def candidate(*names: str, is_implied: bool = False, **settings: Any) -> Candidate:
    return Candidate(AutomationPolicy(subjects=names, **settings), is_implied=is_implied)


def subjects(*candidates: Candidate) -> list[tuple[str, ...]]:
    return [policy.subjects for policy in consolidated(candidates)]


def test_nothing_is_left_of_policies_that_say_nothing() -> None:
    assert subjects(candidate("a.com"), candidate("*.com"), candidate()) == []


def test_the_narrower_is_tried_first_and_all_other_names_last() -> None:
    rows = (candidate(issuers=(ACME,)), candidate("*.com", key_type="p256"), candidate("a.com", issuers=(INTERNAL,)))
    assert subjects(*rows) == [("a.com",), ("*.com",), ()]


def test_a_policy_that_says_nothing_stays_where_a_wildcard_below_it_would_take_its_names() -> None:
    assert subjects(candidate("a.com"), candidate("*.com", issuers=(ACME,))) == [("a.com",), ("*.com",)]


def test_a_name_is_left_to_a_wildcard_that_has_only_managers() -> None:
    assert subjects(candidate("a.com"), candidate("*.com", get_certificate=(TAILSCALE,))) == [("*.com",)]


def test_policies_that_say_the_same_are_one() -> None:
    assert subjects(candidate("a.com", on_demand=True), candidate("b.com", on_demand=True)) == [("a.com", "b.com")]


def test_what_holds_for_all_names_takes_along_who_says_the_same() -> None:
    assert subjects(candidate("a.com", issuers=(ACME,)), candidate(issuers=(ACME,))) == [()]


def test_unless_a_wildcard_between_them_would_get_its_names_first() -> None:
    rows = (candidate("a.com", issuers=(ACME,)), candidate("*.com", key_type="p256"), candidate(issuers=(ACME,)))
    assert subjects(*rows) == [("a.com",), ("*.com",), ()]


def test_public_and_internal_names_are_not_put_together_where_the_issuer_is_implied() -> None:
    assert subjects(candidate("a.com", key_type="p256"), candidate("localhost", key_type="p256")) == [
        ("a.com",),
        ("localhost",),
    ]


def test_internal_names_join_those_whose_internal_issuer_was_implied() -> None:
    rows = (candidate("localhost"), candidate("b.internal", issuers=(INTERNAL,), is_implied=True), candidate("*.x.com"))
    assert ("localhost", "b.internal") in [tuple(row) for row in subjects(*rows, candidate("y.com", issuers=(ACME,)))]


def test_a_name_in_two_policies_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"hostname appears in more than one automation policy.*: a.com"):
        consolidated([candidate("a.com", issuers=(ACME,)), candidate("a.com", issuers=(INTERNAL,))])


NAMES = st.lists(st.sampled_from(["a.com", "b.com", "*.com", "x.a.com", "localhost", "c.org"]), max_size=3, unique=True)
SETTINGS = st.fixed_dictionaries(
    {}, optional={"issuers": st.sampled_from([(ACME,), (INTERNAL,)]), "on_demand": st.booleans()}
)


@given(st.lists(st.tuples(NAMES, SETTINGS), max_size=6))
def test_no_name_gets_other_issuers_by_consolidation_than_it_was_given(given_rows: list[Any]) -> None:
    """What is dropped says nothing or says the same as what is tried for its names then."""
    taken: set[str] = set()
    rows = []
    for names, settings in given_rows:
        new = [name for name in names if name not in taken]
        taken.update(new)
        if new:
            rows.append(candidate(*new, **settings))
    policies = consolidated(rows)
    for row in rows:
        if row.policy.issuers:
            for name in row.subjects:
                (holder,) = [policy for policy in policies if name in policy.subjects]
                assert holder.issuers == row.policy.issuers
