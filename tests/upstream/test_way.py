"""Ways to a target, as the upstream or the proxy on the way sees them."""

from __future__ import annotations

import pytest

from pogoproxy.upstream.network_proxy import NetworkProxy
from pogoproxy.upstream.target import Address
from pogoproxy.upstream.way import Way, Ways
from tests.wire import Client

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PROXY = NetworkProxy(Address("proxy", 3128), user="u", password="p")


def test_a_proxy_that_passes_requests_on_gets_an_absolute_target():
    told = Way(PROXY).told(b"GET /x?y HTTP/1.1\r\nHost: h\r\n\r\n", Address("up", 8080))
    assert told == b"GET http://up:8080/x?y HTTP/1.1\r\nProxy-Authorization: Basic dTpw\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize(("is_private", "version"), [(True, ""), (False, "v1")])
def test_what_is_not_for_the_proxys_eyes_goes_through_a_tunnel(is_private, version):
    way = Ways(lambda exchange, address, is_private: PROXY, version)(None, Address("up", 1), is_private=is_private)
    assert way.is_tunnel
    assert way.told(b"GET / HTTP/1.1\r\n\r\n", Address("up", 1)) == b"GET / HTTP/1.1\r\n\r\n"


def test_a_unix_socket_needs_no_proxy():
    way = Ways(lambda exchange, address, is_private: PROXY)(None, Address("", path="/run/up"), is_private=False)
    assert way.proxy is None


async def test_a_connection_is_announced_once_and_used_again_for_the_same_client_alone(origin, configured):
    heard = []

    async def answer(client: Client) -> None:
        heard.append(await client.until(b"\r\n"))
        while await client.head():
            client.send(OK)

    async with origin(answer) as upstream:
        proxy = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": upstream.dial}],
            "transport": {"protocol": "http", "proxy_protocol": "v1"},
        }
        async with configured(proxy) as running:
            for _ in range(2):
                assert (await running.ask(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).endswith(b"ok")
    assert heard == [b"PROXY TCP4 127.0.0.1 0.0.0.0 0 0\r\n"]


async def test_requests_go_through_the_proxy_that_they_name(origin, configured):
    heard = []

    async def pass_on(client: Client) -> None:
        heard.append((await client.head()).split(b"\r\n")[0])
        client.send(OK)

    async with origin(pass_on) as running_proxy:
        proxy = {
            "handler": "reverse_proxy",
            "upstreams": [{"dial": "192.0.2.1:80"}],
            "transport": {
                "protocol": "http",
                "network_proxy": {"from": "url", "url": "http://{http.request.header.X-Proxy}"},
            },
        }
        async with configured(proxy) as running:
            ask = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Proxy: %b\r\n\r\n"
            assert (await running.ask(ask % running_proxy.dial.encode())).endswith(b"ok")
            assert b" 502 " in await running.ask(ask % b"")
    assert heard == [b"GET http://192.0.2.1:80/x HTTP/1.1"]


async def test_the_environments_proxy_counts_unless_the_config_says_none(origin, configured, monkeypatch):
    async def pass_on(client: Client) -> None:
        await client.head()
        client.send(OK)

    async with origin(pass_on) as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://{proxy.dial}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        site = {"handler": "reverse_proxy", "upstreams": [{"dial": "192.0.2.1:80"}]}
        ask = b"GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        async with configured(site) as running:
            assert (await running.ask(ask)).endswith(b"ok")
        direct = {"protocol": "http", "network_proxy": {"from": "none"}, "dial_timeout": "50ms"}
        async with configured({**site, "transport": direct}) as running:
            assert b"HTTP/1.1 50" in await running.ask(ask)
