"""`transport http`: HTTP to the upstreams, with TLS and keep-alive."""

from __future__ import annotations

import logging
import os
from typing import Any, Self

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.readers import guest, number
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import Parts, Row, duration, flag, read_parts, size, text, texts
from ...errors import ConfigError
from ...module import Context, Duration
from ...tls.trust import TrustPool
from ...units import seconds
from ...upstream import leg as upstream_leg
from ...upstream.dial import Dialer
from ...upstream.http2_leg import Http2Leg
from ...upstream.leg import Deadlines, Leg
from ...upstream.limited import LimitedLeg
from ...upstream.network_proxy import PROXY_VARIABLES, environment_proxy
from ...upstream.proxy_protocol import VERSIONS
from ...upstream.way import FindProxy, Ways
from .network_proxy import NetworkProxy, NoProxy, URLProxy
from .sources import Resolver, read_resolver
from .transport import Transport
from .transport_tls import TLS

log = logging.getLogger(__name__)

H2C_VERSIONS = ("h2c", "2")
_VERSIONS = ("1.1", "2")
"""What is spoken if nothing else is said."""
_ALPN = {"2": "h2", "1.1": "http/1.1"}


_HINTS = (
    "expect_continue_timeout",
    "write_buffer_size",
    "read_buffer_size",
    "max_response_header_size",
)
"""Settings of Go's transport that ours has no place for."""


class KeepAlive(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Connections that are kept: on by default, idle for 2m at most, 32 for each upstream; probed every 30s."""

    enabled: bool | None = None
    probe_interval: Duration = 0
    max_idle_conns: int = 0
    max_idle_conns_per_host: int = 0
    idle_timeout: Duration = 0


class HTTPTransport(Transport, frozen=True, tag="http"):
    """`versions` are `1.1` and `2` by default; dialing has 3s. Times, sizes and numbers that are 0 mean no limit."""

    resolver: Resolver | None = None
    tls: TLS | None = None
    keep_alive: KeepAlive | None = None
    compression: bool | None = None
    max_conns_per_host: int = 0
    proxy_protocol: str = ""
    forward_proxy_url: str = ""
    dial_timeout: Duration = 0
    dial_fallback_delay: Duration = 0
    response_header_timeout: Duration = 0
    expect_continue_timeout: Duration = 0
    max_response_header_size: int = 0
    write_buffer_size: int = 0
    read_buffer_size: int = 0
    read_timeout: Duration = 0
    write_timeout: Duration = 0
    versions: tuple[str, ...] = ()
    local_address: str = ""
    network_proxy: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    def provision(self, context: Context) -> Leg:
        """The upstream leg with these settings; ConfigError for one that we do not have."""
        self._check()
        deadlines = Deadlines(
            response_header=seconds(self.response_header_timeout) or None,
            read=seconds(self.read_timeout) or None,
            write=seconds(self.write_timeout) or None,
        )
        keep = self.keep_alive or KeepAlive()
        kept = upstream_leg.KeepAlive(
            idle=0 if keep.enabled is False else keep.max_idle_conns_per_host or upstream_leg.KeepAlive().idle,
            seconds=seconds(keep.idle_timeout) or upstream_leg.KeepAlive().seconds,
        )
        settings: dict[str, Any] = {
            "deadlines": deadlines,
            "keep_alive": kept,
            "dialer": self._dialer(context),
            "ways": self._ways(context),
        }
        return self._leg(settings, context)

    def _leg(self, settings: dict[str, Any], context: Context) -> Leg:
        """By the versions: HTTP/2 needs TLS to agree on it, or to be known (`h2c`)."""
        versions = self.versions or _VERSIONS
        if "h2c" in versions:
            return Http2Leg(knows=True, **settings)
        if self.max_conns_per_host:
            return LimitedLeg(self.max_conns_per_host, **settings)
        if self.tls is None or "2" not in versions:
            return Leg(**settings)
        return Http2Leg(knows=False, plain=self.tls.provision(context) if "1.1" in versions else None, **settings)

    def _offers(self) -> tuple[str, ...]:
        """What the handshakes of TLS offer (ALPN); where connections are counted, those that carry one request each."""
        versions = self.versions or _VERSIONS
        wanted = ("1.1",) if self.max_conns_per_host and "1.1" in versions else versions
        return tuple(name for version, name in _ALPN.items() if version in wanted)

    def _check(self) -> None:
        for version in self.versions:
            if version not in (*_VERSIONS, "h2c"):
                raise ConfigError(f"upstreams are not spoken to by HTTP/{version}", path="transport.versions")
        if "h2c" in self.versions and self.tls is not None:
            raise ConfigError("h2c is HTTP/2 without TLS", path="transport.versions")
        if "h2c" in self.versions and self.max_conns_per_host:
            log.warning("transport option has no effect by HTTP/2 option=max_conns_per_host")
        for name in _HINTS:
            if getattr(self, name):
                log.warning("transport option has no effect option=%s", name)
        if self.keep_alive is not None and self.keep_alive.max_idle_conns:
            log.warning("transport option has no effect option=keepalive_idle_conns")

    def _dialer(self, context: Context) -> Dialer:
        default = Dialer()
        delay = seconds(self.dial_fallback_delay)
        return Dialer(
            seconds=seconds(self.dial_timeout) or default.seconds,
            tls=None if self.tls is None else self.tls.provision(context, self._offers()),
            local_address=self.local_address,
            probe=round(seconds((self.keep_alive or KeepAlive()).probe_interval)),
            fallback=None if delay < 0 else delay or default.fallback,
            resolve=None if self.resolver is None else self.resolver.provision(self.dial_timeout).addresses,
        )

    def _ways(self, context: Context) -> Ways | None:
        """None where all requests go the same way, the direct one; without `network_proxy` the environment says."""
        find = self._find_proxy(context)
        if self.proxy_protocol and self.proxy_protocol not in VERSIONS:
            raise ConfigError(f"unexpected proxy protocol version {self.proxy_protocol!r}", path="transport")
        server_name = None if self.tls is None else self.tls.find_server_name()
        if find is None and not self.proxy_protocol and server_name is None:
            return None
        return Ways(find or NoProxy().provision(), self.proxy_protocol, server_name)

    def _find_proxy(self, context: Context) -> FindProxy | None:
        if not isinstance(self.network_proxy, msgspec.UnsetType):
            return context.registry.guest(NetworkProxy, self.network_proxy, "transport.network_proxy").provision()
        if self.forward_proxy_url:
            return URLProxy(url=self.forward_proxy_url).provision()
        environ = {name: os.environ[name] for name in PROXY_VARIABLES if os.environ.get(name)}
        if environ.keys().isdisjoint(PROXY_VARIABLES[:4]):
            return None
        return lambda exchange, address, is_private: environment_proxy(environ, address, is_private=is_private)

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Self:
        """`http { read_timeout, tls, keepalive, versions, … }`."""
        cursor.finish()
        parts = read_parts(cursor, _parts(adaptation))
        return cls(
            tls=TLS(**parts["tls"]) if "tls" in parts else None,
            keep_alive=KeepAlive(**parts["keep_alive"]) if "keep_alive" in parts else None,
            **parts.get("http", {}),
        )

    def speaking(self, scheme: str) -> HTTPTransport:
        """With TLS for `https`, by HTTP/2 without TLS for `h2c`."""
        if scheme == "http" and self.tls is not None:
            raise ValueError("upstream address scheme is HTTP but transport is configured for HTTP+TLS (HTTPS)")
        if scheme == "https" and self.tls is None:
            return msgspec.structs.replace(self, tls=TLS())
        if scheme == "h2c":
            return msgspec.structs.replace(self, versions=H2C_VERSIONS)
        return self


def _parts(adaptation: Adaptation) -> Parts:
    def old_proxy(cursor: Cursor) -> msgspec.Raw:
        adaptation.warn("`forward_proxy_url` is the old form of `network_proxy url`", cursor.current.span)
        return adaptation.emit(URLProxy(url=cursor.text()))

    def old_pool(cursor: Cursor) -> tuple[str, ...]:
        adaptation.warn("`tls_trusted_ca_certs` is the old form of `tls_trust_pool file`", cursor.current.span)
        return texts(cursor)

    both = "cannot specify both 'tls_trust_pool' and 'tls_trusted_ca_certs'"
    twice = 'cannot specify "tls_trust_pool" twice in caddyfile'
    pool = Row("ca", guest(TrustPool, adaptation), refuses={"root_ca_pem_files": both, "ca": twice})
    return {
        "http": _HTTP_ROWS
        | {
            "forward_proxy_url": Row("network_proxy", old_proxy),
            "network_proxy": Row("network_proxy", guest(NetworkProxy, adaptation)),
        },
        "tls": _TLS_ROWS
        | {
            "tls_trust_pool": pool,
            "tls_trusted_ca_certs": Row("root_ca_pem_files", old_pool, refuses={"ca": both}),
        },
        "keep_alive": _KEEP_ALIVE_ROWS,
    }


def _proxy_protocol(cursor: Cursor) -> str:
    word = cursor.word()
    if word.text not in ("v1", "v2"):
        raise word.error(f"invalid proxy protocol version '{word.text}'")
    return word.text


def _compression(cursor: Cursor) -> dict[str, bool]:
    word = cursor.maybe()
    return {"compression": False} if word and word.text == "off" else {}


def _client_auth(cursor: Cursor) -> dict[str, str]:
    match cursor.texts():
        case (name,):
            return {"client_certificate_automate": name}
        case (certificate, key):
            return {"client_certificate_file": certificate, "client_certificate_key_file": key}
    raise cursor.wrong_count()


def _renegotiation(cursor: Cursor) -> str:
    level = cursor.text()
    if level not in ("never", "once", "freely"):
        raise cursor.wrong_count()
    return level


def _keepalive(cursor: Cursor) -> dict[str, Any]:
    word = cursor.peek()
    if word and word.text == "off":
        cursor.word()
        return {"enabled": False}
    return {"idle_timeout": duration(cursor)}


_HTTP_ROWS = {
    "read_buffer": Row("read_buffer_size", size),
    "write_buffer": Row("write_buffer_size", size),
    "max_response_header": Row("max_response_header_size", size),
    "read_timeout": Row("read_timeout", duration),
    "write_timeout": Row("write_timeout", duration),
    "dial_timeout": Row("dial_timeout", duration),
    "dial_fallback_delay": Row("dial_fallback_delay", duration),
    "response_header_timeout": Row("response_header_timeout", duration),
    "expect_continue_timeout": Row("expect_continue_timeout", duration),
    "proxy_protocol": Row("proxy_protocol", _proxy_protocol),
    "resolvers": Row("resolver", read_resolver),
    "versions": Row("versions", texts),
    "compression": Row("", _compression),
    "max_conns_per_host": Row("max_conns_per_host", number),
    "local_address": Row("local_address", text),
}
_TLS_ROWS = {
    "tls": Row("", lambda cursor: {}),
    "tls_client_auth": Row("", _client_auth),
    "tls_insecure_skip_verify": Row("insecure_skip_verify", flag),
    "tls_curves": Row("curves", texts),
    "tls_timeout": Row("handshake_timeout", duration),
    "tls_server_name": Row("server_name", text),
    "tls_renegotiation": Row("renegotiation", _renegotiation),
    "tls_except_ports": Row("except_ports", texts),
}
_KEEP_ALIVE_ROWS = {
    "keepalive": Row("", _keepalive),
    "keepalive_interval": Row("probe_interval", duration),
    "keepalive_idle_conns": Row("max_idle_conns", number),
    "keepalive_idle_conns_per_host": Row("max_idle_conns_per_host", number),
}
