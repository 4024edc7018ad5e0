"""Who the client is behind trusted proxies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.http.client_ip import Trust
from pogoproxy.http.ip_ranges import in_ranges
from tests.exchanges import make

PROXIES = in_ranges(["10.0.0.0/8", "::1"])


@pytest.mark.parametrize(
    ("told", "loose", "strict"),
    [
        (b"1.1.1.1", "1.1.1.1", "1.1.1.1"),
        (b"6.6.6.6, 1.1.1.1", "6.6.6.6", "1.1.1.1"),
        (b"6.6.6.6, 1.1.1.1, 10.2.2.2", "6.6.6.6", "1.1.1.1"),
        (b"nonsense, 1.1.1.1", "1.1.1.1", "1.1.1.1"),
        (b"1.1.1.1, nonsense", "1.1.1.1", "10.0.0.1"),
        (b"[2001:db8::1]:443", "2001:db8::1", "2001:db8::1"),
        (b"1.1.1.1:99", "1.1.1.1", "1.1.1.1"),
        (b"", "10.0.0.1", "10.0.0.1"),
        (b"10.3.3.3", "10.3.3.3", "10.0.0.1"),
    ],
)
async def test_a_trusted_peer_speaks_for_its_client(told, loose, strict):
    for expected, is_strict in ((loose, False), (strict, True)):
        exchange, _ = make(remote=("10.0.0.1", 1), headers=[(b"x-forwarded-for", told)])

        async def endpoint(_):
            pass

        await Trust(PROXIES, strict=is_strict).before(endpoint)(exchange)
        assert (exchange.client_ip, exchange.trusted) == (expected, True)


async def test_nobody_else_does():
    exchange, _ = make(remote=("1.2.3.4", 1), headers=[(b"X-Forwarded-For", b"6.6.6.6")])

    async def endpoint(_):
        pass

    await Trust(PROXIES).before(endpoint)(exchange)
    assert (exchange.client_ip, exchange.trusted) == ("1.2.3.4", False)


@given(st.lists(st.ip_addresses(v=4).map(str), max_size=6))
def test_strictly_the_client_is_never_a_proxy_while_somebody_else_is_named(addresses):
    client = Trust(PROXIES, strict=True).client(", ".join(addresses), "10.0.0.1")
    strangers = [address for address in addresses if not PROXIES(address)]
    assert client == (strangers[-1] if strangers else "10.0.0.1")
