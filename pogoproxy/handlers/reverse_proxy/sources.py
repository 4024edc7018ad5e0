"""Upstreams that are looked up while the server runs: `dynamic <source> …`."""

from __future__ import annotations

from typing import ClassVar, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Row, duration, read_block, text
from ...errors import ConfigError
from ...http.placeholders import has_placeholders
from ...module import Context, Duration, Module
from ...units import seconds
from ...upstream.lookup import LookedUp
from ...upstream.target import Targets


class Resolver(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The DNS servers to ask, in place of the system's."""

    addresses: tuple[str, ...] = ()


class IPVersions(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The kinds of addresses to look up; both, if neither is named."""

    ipv4: bool | None = None
    ipv6: bool | None = None


class UpstreamSource(Module, frozen=True, tag_field="source"):
    """A guest of `reverse_proxy` that knows its upstreams."""

    NAMESPACE: ClassVar[str] = "http.reverse_proxy.upstreams"


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

    def provision(self, context: Context) -> LookedUp:
        """The addresses as the system resolves them; ConfigError for what we leave to the system."""
        for name in ("resolver", "dial_timeout", "dial_fallback_delay", "versions"):
            if getattr(self, name) != getattr(AUpstreams(), name):
                raise ConfigError(f"{name} of dynamic upstreams is understood but not supported yet")
        port = self.port or "80"
        if not port.isdigit() or has_placeholders(self.name):
            raise ConfigError("placeholders in dynamic upstreams are understood but not supported yet")
        return LookedUp(self.name, int(port), context.service(Targets), refresh=seconds(self.refresh) or 60.0)


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


SOURCES: tuple[type[UpstreamSource], ...] = (AUpstreams, MultiUpstreams, SRVUpstreams)


def read_resolver(cursor: Cursor) -> Resolver:
    """`resolvers <addresses...>`."""
    addresses = cursor.texts()
    if not addresses:
        raise cursor.error("must specify at least one resolver address")
    return Resolver(addresses=addresses)


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
