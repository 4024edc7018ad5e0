"""Names that could pass for others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.http.header_names import expecting, passed


def names(kept):
    return [name.decode() for name, _ in kept]


def sent(*given_names):
    return [(name.encode(), b"v") for name in given_names]


def test_by_default_both_kinds_are_dropped():
    assert expecting((), ()) is passed
    assert names(passed(sent("X-A", "X_A", "X.A", "x_b.c"))) == ["X-A"]


@pytest.mark.parametrize(
    ("underscores", "dots", "came", "kept"),
    [
        (["user_id"], [], ["User_ID", "User-Id", "user.id", "other_id", "Other"], ["User_ID", "Other"]),
        (["user_id"], [], ["user_id", "user_id", "a"], ["a"]),
        (["hook_*"], [], ["hook_a", "hook_b_c", "hook-a", "hook_a.b", "hooks"], ["hook_a", "hook_b_c", "hooks"]),
        ([], ["app.key"], ["app.key", "app-key", "app_key"], ["app.key"]),
        (["a_b"], ["a.b"], ["a_b", "a.b", "a-b"], ["a_b", "a.b"]),
        (["a_b.c"], [], ["a_b.c", "a-b-c"], ["a_b.c"]),
    ],
)
def test_what_is_expected_is_kept_and_what_folds_to_it_is_not(underscores, dots, came, kept):
    assert names(expecting(underscores, dots)(sent(*came))) == kept


@pytest.mark.parametrize(
    ("underscores", "dots", "message"),
    [
        (["plain"], [], "does not contain a '_'"),
        ([], ["a_b"], "does not contain a '.'"),
        (["a_*b"], [], "invalid position"),
        (["ä_b"], [], "non-ASCII"),
    ],
)
def test_what_can_never_match_is_refused(underscores, dots, message):
    with pytest.raises(ConfigError, match=message):
        expecting(underscores, dots)


@given(st.lists(st.sampled_from(["a-b", "a_b", "a.b", "A_B", "a_b.c", "a-b-c"])), st.booleans(), st.booleans())
def test_never_do_two_kept_headers_of_one_expectation_fold_to_one_name(came, underscores, dots):
    kept = names(expecting(["a_b"] if underscores else [], ["a.b"] if dots else [])(sent(*came)))
    odd = [name.lower() for name in kept if "_" in name or "." in name]
    assert len(odd) == len(set(odd))
    assert "a-b" not in kept or not odd
