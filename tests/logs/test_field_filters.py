"""What filters make of fields; that Caddy makes the same is in tests/differential."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.loggers import filters
from pogoproxy.logs.field_filters import filter_of


def changed(config: filters.Filter, value: object) -> object:
    ((_, shown),) = filter_of(config)("name", value)
    return shown


def test_a_field_is_deleted_renamed_or_replaced() -> None:
    assert filter_of(filters.DeleteFilter())("a", "b") == ()
    assert filter_of(filters.RenameFilter(name="c"))("a", "b") == [("c", "b")]
    assert filter_of(filters.ReplaceFilter(value="x"))("a", {"any": 1}) == [("a", "x")]


def test_a_hash_is_the_start_of_a_sha256() -> None:
    assert changed(filters.HashFilter(), "") == "e3b0c442"
    assert changed(filters.HashFilter(), ["", "a"]) == ["e3b0c442", "ca978112"]
    assert changed(filters.HashFilter(), 5) == 5


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("192.0.2.77", "192.0.0.0"),
        ("192.0.2.77:80", "192.0.0.0:80"),
        ("2001:db8::1", "2001:db8::"),
        ("[2001:db8::1]:80", "[2001:db8::]:80"),
        ("192.0.2.77, nobody,2001:db8::1", "192.0.0.0, nobody, 2001:db8::"),
        ("", ""),
    ],
)
def test_addresses_keep_their_first_bits(address: str, masked: str) -> None:
    assert changed(filters.IPMaskFilter(ipv4_cidr=16, ipv6_cidr=32), address) == masked


@given(st.text())
def test_any_text_may_be_masked(text: str) -> None:
    assert isinstance(changed(filters.IPMaskFilter(ipv4_cidr=8, ipv6_cidr=8), text), str)


def query(kind: str, name: str, value: str = "") -> filters.QueryFilter:
    return filters.QueryFilter(actions=(filters.QueryAction(type=kind, parameter=name, value=value),))


def test_parameters_are_changed_and_come_out_sorted() -> None:
    assert changed(query("replace", "b", "x y"), "/p?b=1&a=%26&b=2") == "/p?a=%26&b=x+y&b=x+y"
    assert changed(query("delete", "a"), "/p?a=1") == "/p"
    assert changed(query("hash", "a"), "/p?a=a") == "/p?a=ca978112"
    assert changed(query("delete", "a"), "/p") == "/p"


def test_cookies_are_changed_one_by_one() -> None:
    actions = tuple(
        filters.CookieAction(type=kind, name=name, value=value)
        for kind, name, value in [("replace", "a", "x"), ("delete", "b", ""), ("hash", "c", "")]
    )
    assert changed(filters.CookieFilter(actions=actions), ["a=1; b=2", "c=a; d=4"]) == ["a=x; c=ca978112; d=4"]
    lines = ['a="1"; Path=/', "b=2; Secure", "c=a", "nonsense"]
    assert changed(filters.SetCookieFilter(actions=actions), lines) == ['a="x"; Path=/', "c=ca978112", "nonsense"]


def test_expressions_replace_one_after_the_other() -> None:
    operations = (filters.Substitution(regexp="a(.)", value="<$1>"), filters.Substitution(regexp="<", value="("))
    assert changed(filters.MultiRegexpFilter(operations=operations), "ab ac") == "(b> (c>"
    assert changed(filters.RegexpFilter(regexp="x", value="y"), ["x", "xx"]) == ["y", "yy"]


def test_an_action_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="invalid action type"):
        filter_of(query("polish", "a"))
