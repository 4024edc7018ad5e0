"""Name servers, asked over the wire."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.upstream.names import NameServers, parse_servers
from pogoproxy.upstream.target import Address
from tests.wire import Client

RECORDS = {
    ("two.example.", "A"): ["10.0.0.2", "10.0.0.1"],
    ("two.example.", "AAAA"): ["2001:db8::1"],
    ("_http._tcp.example.", "SRV"): ["20 0 81 b.example.", "10 5 80 a.example."],
}


class Zone(asyncio.DatagramProtocol):
    """A name server that knows `RECORDS`."""

    def __init__(self) -> None:
        self.records = dict(RECORDS)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        asked = question.question[0]
        found = self.records.get((str(asked.name), dns.rdatatype.to_text(asked.rdtype)), [])
        if found:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", asked.rdtype, *found))
        elif not any(name == str(asked.name) for name, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self._transport.sendto(answer.to_wire(), addr)


@contextlib.asynccontextmanager
async def name_server() -> AsyncIterator[tuple[Zone, Address]]:
    transport, zone = await asyncio.get_running_loop().create_datagram_endpoint(Zone, ("127.0.0.1", 0))
    try:
        yield zone, Address(*transport.get_extra_info("sockname"))
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("version", "found"),
    [(None, ["10.0.0.1", "10.0.0.2", "2001:db8::1"]), (4, ["10.0.0.1", "10.0.0.2"]), (6, ["2001:db8::1"])],
)
async def test_a_name_has_addresses(version, found):
    async with name_server() as (_, server):
        assert await NameServers((server,)).addresses("two.example", version) == found


async def test_a_service_has_hosts_and_ports_by_priority():
    async with name_server() as (_, server):
        found = await NameServers((server,)).services("_http._tcp.example")
    assert found == [Address("a.example", 80), Address("b.example", 81)]


async def test_a_name_that_nobody_knows_is_an_os_error():
    async with name_server() as (_, server):
        with pytest.raises(OSError, match="does not exist"):
            await NameServers((server,)).addresses("nobody.example")
        with pytest.raises(OSError, match="does not exist"):
            await NameServers((server,)).services("nobody.example")


async def test_the_system_knows_this_machine():
    assert "127.0.0.1" in await NameServers().addresses("localhost", 4)


@pytest.mark.parametrize(
    ("addresses", "servers"),
    [
        (["1.1.1.1"], ((Address("1.1.1.1", 53),), False)),
        (["tcp/1.1.1.1:5353", "tcp/::1"], ((Address("1.1.1.1", 5353), Address("::1", 53)), True)),
        (["udp/[::1]:54"], ((Address("::1", 54),), False)),
        ([], ((), False)),
    ],
)
def test_addresses_of_name_servers(addresses, servers):
    assert parse_servers(addresses) == servers


@pytest.mark.parametrize("addresses", [["dns.example"], ["tcp/1.1.1.1", "1.1.1.1"], ["sctp/1.1.1.1"], ["1.1.1.1:x"]])
def test_what_is_no_name_server_is_refused(addresses):
    with pytest.raises(ConfigError):
        parse_servers(addresses)


@given(st.text())
def test_any_text_is_a_name_server_or_a_mistake(text):
    with contextlib.suppress(ConfigError):
        assert parse_servers([text])[0]


async def test_an_upstream_may_be_found_by_srv_and_dialed_by_its_own_name_servers(origin, configured):
    async def answer(client: Client) -> None:
        while await client.head():
            client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    async with name_server() as (zone, server), origin(answer) as upstream:
        zone.records = {
            ("_web._tcp.example.", "SRV"): [f"1 1 {upstream.address[1]} up.example."],
            ("up.example.", "A"): ["127.0.0.1"],
        }
        resolver = {"addresses": [str(server)]}
        proxy = {
            "handler": "reverse_proxy",
            "transport": {"protocol": "http", "resolver": resolver},
            "dynamic_upstreams": {
                "source": "multi",
                "sources": [
                    {"source": "srv", "service": "nobody", "proto": "tcp", "name": "example", "resolver": resolver},
                    {"source": "srv", "name": "_web._tcp.{http.request.host}", "resolver": resolver},
                ],
            },
        }
        async with configured(proxy) as running:
            assert (await running.ask(b"GET / HTTP/1.1\r\nHost: example\r\nConnection: close\r\n\r\n")).endswith(b"ok")
            zone.records = {}
            assert (await running.ask(b"GET / HTTP/1.1\r\nHost: example\r\nConnection: close\r\n\r\n")).endswith(b"ok")
            assert b" 503 " in await running.ask(b"GET / HTTP/1.1\r\nHost: none\r\nConnection: close\r\n\r\n")
