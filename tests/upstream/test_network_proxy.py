"""Which network proxy, and how it is asked for a connection."""

from __future__ import annotations

import asyncio
import contextlib
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError, DialError
from pogoproxy.upstream.dial import Dialer
from pogoproxy.upstream.network_proxy import NetworkProxy, environment_proxy, parse_proxy
from pogoproxy.upstream.target import Address
from pogoproxy.upstream.way import Way
from tests.wire import Client


class Arrived(asyncio.Protocol):
    """Keeps what arrives."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._data = b""
        self._closed = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._closed.set_result(None)

    async def until_closed(self) -> bytes:
        """All of it."""
        await asyncio.wait_for(self._closed, 10)
        return self._data


UPSTREAM = Address("upstream.example", 8080)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.example:3128", NetworkProxy(Address("proxy.example", 3128))),
        ("proxy.example", NetworkProxy(Address("proxy.example", 80))),
        ("http://u:p%40@[::1]", NetworkProxy(Address("::1", 80), user="u", password="p@")),
        ("socks5://10.0.0.1", NetworkProxy(Address("10.0.0.1", 1080), is_socks=True)),
    ],
)
def test_a_url_says_which(url, proxy):
    assert parse_proxy(url) == proxy


@pytest.mark.parametrize(
    "url", ["https://proxy.example", "ftp://proxy.example", "http://:80", "http://h:port", "/path"]
)
def test_what_is_no_proxy_is_refused(url):
    with pytest.raises(ConfigError):
        parse_proxy(url)


@given(st.text())
def test_any_text_is_a_proxy_or_a_mistake(text):
    with contextlib.suppress(ConfigError):
        assert parse_proxy(text).address.host


BOTH = {"HTTP_PROXY": "http://plain:1", "https_proxy": "http://private:2"}


@pytest.mark.parametrize(
    ("environ", "host", "is_private", "found"),
    [
        ({}, "h", False, None),
        (BOTH, "h", False, "plain"),
        (BOTH, "h", True, "private"),
        (BOTH, "127.0.0.1", False, None),
        (BOTH, "::1", False, None),
        (BOTH, "localhost", True, None),
        (BOTH | {"REQUEST_METHOD": "GET"}, "h", False, None),
        (BOTH | {"NO_PROXY": "*"}, "h", False, None),
        (BOTH | {"no_proxy": "other, example.com"}, "a.example.com", False, None),
        (BOTH | {"no_proxy": "example.com"}, "notexample.com", False, "plain"),
        (BOTH | {"no_proxy": ".example.com"}, "example.com", False, "plain"),
        (BOTH | {"no_proxy": "10.0.0.0/8"}, "10.1.2.3", False, None),
        (BOTH | {"no_proxy": "h:80"}, "h", False, None),
        (BOTH | {"no_proxy": "h:81"}, "h", False, "plain"),
    ],
)
def test_the_environment_says_which(environ, host, is_private, found):
    proxy = environment_proxy(environ, Address(host, 80), is_private=is_private)
    assert (proxy and proxy.address.host) == found


async def tunnel(client: Client) -> None:
    """An HTTP proxy that connects to an echo of itself."""
    head = await client.head()
    assert head == (
        b"CONNECT upstream.example:8080 HTTP/1.1\r\nHost: upstream.example:8080\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )
    client.send(b"HTTP/1.1 200 Connected\r\nX: y\r\n\r\nfirst ")
    client.send(await client.until(b"."))


async def socks(client: Client) -> None:
    """A SOCKS5 proxy of the same kind, which asks for a password."""
    assert await client.exactly(4) == b"\x05\x02\x00\x02"
    client.send(b"\x05\x02")
    assert await client.exactly(5) == b"\x01\x01u\x01p"
    client.send(b"\x01\x00")
    assert await client.exactly(4 + 1 + len("upstream.example") + 2) == b"\x05\x01\x00\x03\x10upstream.example\x1f\x90"
    client.send(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00first ")
    client.send(await client.until(b"."))


@pytest.mark.parametrize(("script", "is_socks"), [(tunnel, False), (socks, True)])
async def test_a_proxy_makes_a_connection_of_which_not_a_byte_is_lost(origin, script, is_socks):
    async with origin(script) as running:
        proxy = NetworkProxy(Address(*running.address), is_socks, "u", "p")
        arrived = Arrived()
        await Dialer().dial(UPSTREAM, lambda: arrived, Way(proxy, is_tunnel=True))
        arrived.transport.write(b"second.")
        assert await arrived.until_closed() == b"first second."


@pytest.mark.parametrize(
    ("answer", "is_socks"),
    [
        (b"HTTP/1.1 407 No\r\n\r\n", False),
        (b"nonsense\r\n\r\n", False),
        (b"HTTP/1.1 2", False),
        (b"x" * 20000, False),
        (b"\x05\xff", True),
        (b"\x04\x00", True),
        (b"\x05\x00\x05\x05\x00\x01", True),
    ],
)
async def test_a_proxy_that_will_not_is_a_failed_dial(origin, answer, is_socks):
    async def refuse(client: Client) -> None:
        await client.exactly(3)
        client.send(answer)

    async with origin(refuse) as running:
        proxy = NetworkProxy(Address(*running.address), is_socks)
        with pytest.raises(DialError):
            await Dialer().dial(UPSTREAM, Arrived, Way(proxy, is_tunnel=True))
