"""Name servers: who has an address, and who offers a service.

Addresses come from the system unless name servers are given; those, and SRV records (RFC 2782), are asked by dnspython.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError
from .target import Address

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver

_SECONDS = 10.0
"""The deadline for one question."""

_FAMILIES = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}


@dataclass(frozen=True, slots=True)
class NameServers:
    """Whom to ask. `servers` are asked in any order, each for `seconds` if that is not 0; without any, the system's."""

    servers: tuple[Address, ...] = ()
    over_tcp: bool = False
    seconds: float = 0.0

    def check(self) -> None:
        """ConfigError if dnspython is missing."""
        self._resolver()

    async def addresses(self, name: str, version: int | None = None) -> Sequence[str]:
        """The name's addresses of that IP version, or of both; OSError if it has none or nobody can say."""
        if not self.servers:
            return await _system_addresses(name, version)
        from dns.exception import DNSException

        try:
            family = _FAMILIES[version]
            found = await self._resolver().resolve_name(name, family, tcp=self.over_tcp, lifetime=_SECONDS)
            return sorted(str(address) for address in found.addresses())
        except DNSException as error:
            raise OSError(str(error)) from error

    async def services(self, name: str) -> Sequence[Address]:
        """The hosts and ports of the name's SRV records, by priority and, at random, by weight; OSError as above."""
        from dns.exception import DNSException

        try:
            answer = await self._resolver().resolve(name, "SRV", tcp=self.over_tcp, lifetime=_SECONDS)
        except DNSException as error:
            raise OSError(str(error)) from error
        records: list[Any] = [] if answer.rrset is None else answer.rrset.processing_order()
        return [Address(str(record.target).rstrip("."), record.port) for record in records]

    def _resolver(self) -> Resolver:
        try:
            from dns.asyncresolver import Resolver
            from dns.nameserver import Do53Nameserver
        except ImportError:
            message = (
                "SRV records and name servers of one's own need the package dnspython: pip install 'pogoproxy[dns]'"
            )
            raise ConfigError(message) from None
        resolver = Resolver(configure=not self.servers)
        if self.servers:
            resolver.nameservers = [Do53Nameserver(server.host, server.port) for server in self.servers]
            resolver.rotate = True
        if self.seconds:
            resolver.timeout = self.seconds
        return resolver


async def _system_addresses(name: str, version: int | None) -> Sequence[str]:
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_SECONDS):
            found = await loop.getaddrinfo(name, None, family=_FAMILIES[version], type=socket.SOCK_STREAM)
    except TimeoutError:
        raise OSError(f"no answer within {_SECONDS:g} s") from None
    return sorted({str(place[0]) for *_, place in found})


def parse_servers(addresses: Sequence[str]) -> tuple[tuple[Address, ...], bool]:
    """The name servers of `resolvers`, and whether they are asked over TCP; ConfigError for what is no such address.

    `1.1.1.1`, `1.1.1.1:53`, `[2606:4700::1111]:53`, with `udp/` or `tcp/` before it.
    """
    found, networks = [], set()
    for text in addresses:
        network, slash, rest = text.rpartition("/")
        networks.add(network if slash else "udp")
        found.append(_server(rest, text))
    if not networks <= {"udp", "tcp"} or len(networks) > 1:
        raise ConfigError(f"resolvers {' '.join(addresses)}: all must be of one network, udp or tcp")
    return tuple(found), networks == {"tcp"}


def _server(rest: str, text: str) -> Address:
    host, colon, port = rest.rpartition(":")
    if not colon or (":" in host.strip("[]") and not host.endswith("]")):
        host, port = rest, "53"
    try:
        return Address(str(ipaddress.ip_address(host.strip("[]"))), int(port))
    except ValueError:
        raise ConfigError(f"resolver {text!r} is not an IP address, perhaps with a port") from None
