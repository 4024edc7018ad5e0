from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.tls.names import covers, is_address, is_internal, is_public, is_tailscale, qualifies, qualifies_publicly

LABELS = st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), min_size=1, max_size=5)


@pytest.mark.parametrize(
    "name", ["localhost", "LocalHost", "a.localhost", "printer.local", "x.internal", "b.home.arpa"]
)
def test_names_of_the_machine_and_its_network_are_internal(name: str) -> None:
    assert is_internal(name)


@pytest.mark.parametrize("name", ["10.1.2.3", "127.0.0.1", "192.168.0.9", "::1", "fd00::1", "[fe80::1]", "172.31.0.1"])
def test_private_addresses_are_internal(name: str) -> None:
    assert is_internal(name)


@pytest.mark.parametrize(
    "name", ["example.com", "intranet", "home.arpa", "1.2.3.4", "2001:db8::1", "internal", "x.lan"]
)
def test_what_may_be_known_elsewhere_is_not_internal(name: str) -> None:
    assert not is_internal(name)


def test_a_trailing_dot_changes_nothing() -> None:
    assert is_internal("a.localhost.")


def test_no_address_is_left_to_the_public_issuers_even_a_public_one() -> None:
    assert is_address("1.2.3.4") and not is_public("1.2.3.4")


def test_two_wildcards_are_public_only_when_the_whole_name_will_be_known() -> None:
    assert not is_public("*.*.example.com")
    assert is_public("*.*.example.com", on_demand=True)
    assert is_public("*.example.com")


@pytest.mark.parametrize("name", ["", " ", ".a", "a.", "a b", "{env.X}", "x.*.com", "a*b", "a@b"])
def test_no_authority_makes_certificates_for_these(name: str) -> None:
    assert not qualifies(name)


@pytest.mark.parametrize("name", ["*", "*.com", "*.*.example.com", "localhost"])
def test_some_names_qualify_but_not_publicly(name: str) -> None:
    assert qualifies(name) and not qualifies_publicly(name)


def test_tailscale_names_are_told_by_their_suffix() -> None:
    assert is_tailscale("Box.Tail.TS.net") and not is_tailscale("ts.net.example.com")


@given(LABELS)
def test_a_wildcard_stands_for_the_first_label_alone(labels: list[str]) -> None:
    name = ".".join(labels)
    wildcard = ".".join(["*", *labels[1:]])
    assert covers(wildcard, name) and covers(name, name.upper())
    assert not covers(f"*.{name}", name) and not covers(name, f"x.{name}")


@given(LABELS)
def test_several_wildcards_stand_for_as_many_labels(labels: list[str]) -> None:
    assert covers(f"*.*.{'.'.join(labels)}", f"a.b.{'.'.join(labels)}")
