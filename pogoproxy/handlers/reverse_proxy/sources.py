"""Upstreams that are looked up while the server runs: `dynamic <source> …`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import ClassVar, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, read_block, text
from ...errors import ConfigError
from ...http.placeholders import template
from ...module import Context, Duration, Module, cannot_run
from ...units import seconds
from ...upstream.lookup import LookedUp, Several
from ...upstream.names import NameServers, parse_servers
from ...upstream.target import Address, Source, Targets

log = logging.getLogger(__name__)

_REFRESH = 60.0
"""Seconds for which an answer of a name server counts."""
_GRACE = 5.0
"""Seconds between tries while the name servers fail and the last good answer is used on."""


class Resolver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The DNS servers to ask, in place of the system's."""

    addresses: tuple[str, ...] = ()

    def provision(self, dial_timeout: Duration = 0) -> NameServers:
        """ConfigError for what is no address of a name server, or without the package that asks them."""
        servers, over_tcp = parse_servers(self.addresses)
        names = NameServers(servers, over_tcp, seconds(dial_timeout))
        names.check()
        return names


class IPVersions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The kinds of addresses to look up; both, if neither is named."""

    ipv4: bool | None = None
    ipv6: bool | None = None

    def only(self) -> int | None:
        """The one version, or None for both."""
        return None if bool(self.ipv4) == bool(self.ipv6) else 4 if self.ipv4 else 6


class UpstreamSource(Module, frozen=True, tag_field="source"):
    """A guest of `reverse_proxy` that knows its upstreams."""

    NAMESPACE: ClassVar[str] = "http.reverse_proxy.upstreams"

    def provision(self, context: Context) -> Source:
        """The source at work."""
        raise cannot_run(self, "dynamic_upstreams")


class AUpstreams(UpstreamSource, frozen=True, tag="a"):
    """The addresses of a name, all with one port; looked up again after `refresh`, 1m by default."""

    name: str = ""
    port: str = ""
    refresh: Duration = 0
    resolver: Resolver | None = None
    dial_timeout: Duration = 0
    dial_fallback_delay: Duration = 0
    versions: IPVersions | None = None

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`a [<name> [<port>]] { name, port, refresh, resolvers, dial_timeout, dial_fallback_delay, versions }`."""
        given = _given(cursor, "name", "port")
        return cls(**read_block(cursor, _A_ROWS, given=given, unknown="unrecognized a option '{}'"))

    def provision(self, context: Context) -> Source:
        """The addresses as the name servers, or else the system, have them."""
        _warn_of_fallback(self.dial_fallback_delay)
        names = self.resolver.provision(self.dial_timeout) if self.resolver else NameServers()
        version = self.versions.only() if self.versions else None

        async def find(query: str) -> Sequence[str]:
            name, _, port = query.rpartition(":")
            return [str(Address(host, int(port))) for host in await names.addresses(name, version)]

        query = template(f"{self.name}:{self.port or 80}")
        return LookedUp(query, find, context.service(Targets), refresh=seconds(self.refresh) or _REFRESH)


class SRVUpstreams(UpstreamSource, frozen=True, tag="srv"):
    """The hosts and ports of an SRV record, `_service._proto.name`, or just `name`; looked up again after `refresh`.

    For `grace_period` after a failed look-up the last answer is used on.
    """

    service: str = ""
    proto: str = ""
    name: str = ""
    refresh: Duration = 0
    grace_period: Duration = 0
    resolver: Resolver | None = None
    dial_timeout: Duration = 0
    dial_fallback_delay: Duration = 0
    dial_network: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`srv [<name>] { service, proto, name, refresh, grace_period, resolvers, dial_timeout, … }`."""
        given = _given(cursor, "name")
        return cls(**read_block(cursor, _SRV_ROWS, given=given, unknown="unrecognized srv option '{}'"))

    def provision(self, context: Context) -> Source:
        """The hosts and ports as the name servers have them; ConfigError without the package that asks."""
        if self.dial_network not in ("", "tcp"):
            raise ConfigError("dial_network of dynamic srv is understood but not supported", path="dynamic_upstreams")
        _warn_of_fallback(self.dial_fallback_delay)
        names = (self.resolver or Resolver()).provision(self.dial_timeout)

        async def find(query: str) -> Sequence[str]:
            return [str(address) for address in await names.services(query)]

        whole = f"_{self.service}._{self.proto}.{self.name}" if self.service or self.proto else self.name
        refresh, grace = seconds(self.refresh) or _REFRESH, seconds(self.grace_period) or _GRACE
        return LookedUp(template(whole), find, context.service(Targets), refresh=refresh, grace=grace)


class MultiUpstreams(UpstreamSource, frozen=True, tag="multi"):
    """Several sources; where one fails, the others still count."""

    sources: tuple[msgspec.Raw, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`multi { <source> … }`, a source a line."""
        cursor.finish()
        return cls(
            sources=tuple(
                adaptation.emit(adaptation.named_guest(UpstreamSource, line.rest())) for line in cursor.block()
            )
        )

    def provision(self, context: Context) -> Source:
        """All of them together."""
        guests = [context.registry.guest(UpstreamSource, raw, "dynamic_upstreams.sources") for raw in self.sources]
        return Several([guest.provision(context) for guest in guests])


SOURCES: tuple[type[UpstreamSource], ...] = (AUpstreams, MultiUpstreams, SRVUpstreams)


def read_resolver(cursor: Cursor) -> Resolver:
    """`resolvers <addresses...>`."""
    addresses = cursor.texts()
    if not addresses:
        raise cursor.error("must specify at least one resolver address")
    return Resolver(addresses=addresses)


def _warn_of_fallback(delay: Duration) -> None:
    if delay:
        log.warning("option of dynamic upstreams has no effect option=dial_fallback_delay")


def _versions(cursor: Cursor) -> IPVersions:
    words = cursor.words()
    if not words:
        raise cursor.error("must specify at least one version")
    for word in words:
        if word.text not in ("ipv4", "ipv6"):
            raise word.error(f"unsupported version: '{word.text}'")
    return IPVersions(**{word.text: True for word in words})


def _given(cursor: Cursor, *names: str) -> dict[str, str]:
    """The fields that stand on the line itself."""
    words = cursor.words()
    if len(words) > len(names):
        raise cursor.wrong_count()
    return {name: word.text for name, word in zip(names, words, strict=False)}


def _once(name: str, mistake: str) -> Row:
    return Row(name, text, refuses={name: mistake})


_DIAL_ROWS = {
    "refresh": Row("refresh", duration),
    "resolvers": Row("resolver", read_resolver),
    "dial_timeout": Row("dial_timeout", duration),
    "dial_fallback_delay": Row("dial_fallback_delay", duration),
}
_A_ROWS = _DIAL_ROWS | {
    "name": _once("name", "a name has already been specified"),
    "port": _once("port", "a port has already been specified"),
    "versions": Row("versions", _versions),
}
_SRV_ROWS = _DIAL_ROWS | {
    "service": _once("service", "srv service has already been specified"),
    "proto": _once("proto", "srv proto has already been specified"),
    "name": _once("name", "srv name has already been specified"),
    "grace_period": Row("grace_period", duration),
}
