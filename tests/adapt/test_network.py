"""Network addresses as text, after Caddy's tables of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.adapt.network import NetworkAddress, join_host_port, split_host_port, split_network_address


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("foo", ("", "foo", "")),
        (":1234", ("", "", "1234")),
        ("foo:1234", ("", "foo", "1234")),
        ("[::]", ("", "::", "")),
        ("[::]:1234", ("", "::", "1234")),
        ("udp/foo:1-2", ("udp", "foo", "1-2")),
        ("TCP6/[::1]:5", ("tcp6", "::1", "5")),
        ("unix//foo/bar", ("unix", "/foo/bar", "")),
        ("unix+h2c//foo", ("unix+h2c", "/foo", "")),
        ("fd/3", ("fd", "3", "")),
        ("", ("", "", "")),
    ],
)
def test_the_parts_of_an_address(text: str, parts: tuple[str, str, str]) -> None:
    assert split_network_address(text) == parts


@pytest.mark.parametrize("text", ["a:b:c", "[::1", "[::1]x:80", "a]:80", "[a[]:80"])
def test_what_is_no_host_and_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in address"):
        split_host_port(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("localhost:80", "localhost:80"),
        ("tcp/localhost:80-82", "localhost:80-82"),
        ("udp/[::1]:443", "udp/[::1]:443"),
        ("unix//run/x", "unix//run/x"),
        (":8080", ":8080"),
    ],
)
def test_an_address_is_shown_in_its_normal_form(text: str, shown: str) -> None:
    assert str(NetworkAddress.parse(text)) == shown


@pytest.mark.parametrize("text", ["a:x", "a:70000", "a:5-3", "a:-1"])
def test_a_port_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="port"):
        NetworkAddress.parse(text)


@given(st.text("abc.:", max_size=9), st.integers(0, 65535))
def test_what_is_joined_is_split_again(host: str, port: int) -> None:
    assert split_host_port(join_host_port(host, str(port))) == (host, str(port))
