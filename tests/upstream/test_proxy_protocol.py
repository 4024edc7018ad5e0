"""The PROXY protocol's header, byte by byte; Caddy sends the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.upstream.proxy_protocol import header

SIGNATURE = bytes.fromhex("0d0a0d0a000d0a515549540a")


@pytest.mark.parametrize(
    ("version", "client", "expected"),
    [
        ("v1", "192.0.2.7", b"PROXY TCP4 192.0.2.7 0.0.0.0 0 0\r\n"),
        ("v1", "2001:db8::1", b"PROXY TCP6 2001:db8::1 :: 0 0\r\n"),
        ("v1", "fe80::1%eth0", b"PROXY TCP6 fe80::1 :: 0 0\r\n"),
        ("v1", "@", b"PROXY UNKNOWN\r\n"),
        ("v2", "192.0.2.7", SIGNATURE + bytes.fromhex("2111000c c0000207 00000000 0000 0000")),
        ("v2", "2001:db8::1", SIGNATURE + bytes.fromhex("21210024 20010db8000000000000000000000001") + bytes(20)),
        ("v2", "", SIGNATURE + bytes.fromhex("20000000")),
    ],
)
def test_a_header(version, client, expected):
    assert header(version, client) == expected


@given(st.sampled_from(["v1", "v2"]), st.text())
def test_no_text_of_a_client_gets_into_the_header(version, client):
    sent = header(version, client)
    assert sent.count(b"\n") == 1 if version == "v1" else sent.startswith(SIGNATURE)
