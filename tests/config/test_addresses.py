"""Site addresses, after Caddy's own table of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.config.addresses import Address, lower, specificity


@pytest.mark.parametrize(
    ("text", "scheme", "host", "port", "path"),
    [
        ("", "", "", "", ""),
        ("localhost", "", "localhost", "", ""),
        ("localhost:1234", "", "localhost", "1234", ""),
        ("localhost:", "", "localhost", "", ""),
        ("0.0.0.0", "", "0.0.0.0", "", ""),
        ("127.0.0.1:1234", "", "127.0.0.1", "1234", ""),
        (":1234", "", "", "1234", ""),
        ("[::1]", "", "::1", "", ""),
        ("[::1]:1234", "", "::1", "1234", ""),
        ("[0:0:0:0:0:0:0:1]:80", "", "::1", "80", ""),
        (":", "", "", "", ""),
        ("http://localhost", "http", "localhost", "", ""),
        ("HTTPS://Example.COM:443", "https", "example.com", "443", ""),
        ("http://[::1]:80", "http", "::1", "80", ""),
        ("host:/path", "", "host", "", "/path"),
        ("host/path", "", "host", "", "/path"),
        ("/path", "", "", "", "/path"),
        ("http://", "http", "", "", ""),
        ("{env.Host}.Example", "", "{env.Host}.example", "", ""),
    ],
)
def test_the_parts_of_an_address(text: str, scheme: str, host: str, port: str, path: str) -> None:
    address = Address.parse(text)
    assert (address.scheme, address.host, address.port, address.path) == (scheme, host, port, path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("host:99999", "port 99999 is out of range"),
        ("host:-1", "port -1 is out of range"),
        ("host:http", "invalid port 'http'"),
    ],
)
def test_a_port_that_is_none_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://host:1234/path", "http://host:1234/path"),
        ("https://example.com:443", "https://example.com"),
        ("example.com:443", "https://example.com"),
        ("example.com", "http://example.com"),
        ("", ""),
    ],
)
def test_how_an_address_is_shown(text: str, shown: str) -> None:
    assert str(Address.parse(text)) == shown


def test_placeholders_keep_their_case() -> None:
    assert lower("A{Env.B}C") == "a{Env.B}c"


@pytest.mark.parametrize(("text", "length"), [("", 0), ("*", 0), ("*.ab", 3), ("{x}", 0), ("a{x}b", 2), ("{x", 2)])
def test_specificity_counts_what_is_fixed(text: str, length: int) -> None:
    assert specificity(text) == length


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_mistake(text: str) -> None:
    try:
        Address.parse(text)
    except ValueError as wrong:
        assert "port" in str(wrong)
