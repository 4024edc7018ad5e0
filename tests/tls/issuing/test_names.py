from __future__ import annotations

import pytest

from pogoproxy.tls.issuing.names import challenge_server_name


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("example.com", "example.com"),
        ("192.0.2.1", "1.2.0.192.in-addr.arpa"),
        ("2001:db8::1", f"1.{'0.' * 23}8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_an_address_is_asked_for_by_its_reverse_name(name: str, asked: str):
    assert challenge_server_name(name) == asked
