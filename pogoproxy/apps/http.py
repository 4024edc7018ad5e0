"""The `http` app: servers with their listeners and routes."""

from __future__ import annotations

from dataclasses import replace

import msgspec

from ..http.exchange import Middleware
from ..http.header_names import expecting
from ..http.limits import Limits
from ..http.pace import Pace, paced
from ..module import Duration
from ..net import ListenAddress, parse
from ..route import ErrorRoutes, Route
from ..units import seconds

DEFAULT_GRACE = 10.0
"""Seconds that running requests get when a server stops and no `grace_period` is set. Caddy waits without end,
which lets one stuck client hold a deployment; Docker kills after ten."""


DEFAULT_PROTOCOLS = ("h1", "h2", "h3")
"""What a server speaks if it does not say (Caddy's `protocols`)."""


class AutomaticHTTPS(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which names get certificates and redirects by themselves."""

    disable: bool = False
    disable_redirects: bool = False
    disable_certificates: bool = False
    skip: tuple[str, ...] = ()
    skip_certificates: tuple[str, ...] = ()
    ignore_loaded_certificates: bool = False


class ServerLogs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which logger takes a request's access log."""

    default_logger_name: str = ""
    logger_names: dict[str, tuple[str, ...]] = {}
    skip_hosts: tuple[str, ...] = ()
    skip_unmapped_hosts: bool = False
    should_log_credentials: bool = False
    trace: bool = False


class Metrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Whether and how requests are counted."""

    per_host: bool = False
    observe_catchall_hosts: bool = False
    otlp: bool = False


class Server(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One server. The guests in its routes stay raw until a front provisions them."""

    listen: tuple[str, ...] = ()
    listener_wrappers: tuple[msgspec.Raw, ...] = ()
    packet_conn_wrappers: tuple[msgspec.Raw, ...] = ()
    read_timeout: Duration = 0
    read_header_timeout: Duration = 0
    read_idle_timeout: Duration = 0
    read_min_rate: int = 0
    write_timeout: Duration = 0
    write_idle_timeout: Duration = 0
    write_min_rate: int = 0
    max_write_chunk: int = 0
    idle_timeout: Duration = 0
    keepalive_interval: Duration = 0
    keepalive_idle: Duration = 0
    keepalive_count: int = 0
    max_header_bytes: int = 0
    enable_full_duplex: bool = False
    expected_underscore_headers: tuple[str, ...] = ()
    expected_dot_headers: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    errors: ErrorRoutes | None = None
    named_routes: dict[str, Route] = {}
    tls_connection_policies: tuple[msgspec.Raw, ...] | None = None
    automatic_https: AutomaticHTTPS | None = None
    strict_sni_host: bool | None = None
    trusted_proxies: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    client_ip_headers: tuple[str, ...] = ()
    trusted_proxies_strict: int = 0
    trusted_proxies_unix: bool = False
    logs: ServerLogs | None = None
    protocols: tuple[str, ...] = ()
    listen_protocols: tuple[tuple[str, ...] | None, ...] = ()
    allow_0rtt: bool | None = None
    metrics: Metrics | None = None

    def addresses(self) -> list[ListenAddress]:
        """Where it listens; ConfigError if an address is malformed."""
        return [address for text in self.listen for address in parse(text)]

    def spoken(self) -> dict[ListenAddress, tuple[str, ...]]:
        """What is spoken at each address (`h1`, `h2`, `h2c`, `h3`)."""
        own = self.listen_protocols or (None,) * len(self.listen)
        return {
            address: protocols or self.protocols or DEFAULT_PROTOCOLS
            for text, protocols in zip(self.listen, own, strict=False)
            for address in parse(text)
        }


class HttpApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.http`. `fronts` is ours: the number of processes that serve; 0 is one for each available CPU."""

    http_port: int = 0
    https_port: int = 0
    grace_period: Duration = 0
    shutdown_delay: Duration = 0
    servers: dict[str, Server] = {}
    metrics: Metrics | None = None
    fronts: int = 0

    @property
    def counted(self) -> Metrics | None:
        """How requests are counted, if they are: for all servers if one says so, as in Caddy."""
        return next((one for one in (self.metrics, *(s.metrics for s in self.servers.values())) if one), None)

    @property
    def grace(self) -> float:
        """Seconds for running requests at a stop."""
        return seconds(self.grace_period) or DEFAULT_GRACE


_NOT_YET = ("packet_conn_wrappers",)


def unsupported(server: Server) -> str:
    """Why the server cannot run, or nothing."""
    for name in _NOT_YET:
        if getattr(server, name):
            return f"{name} is understood but not supported yet"
    return ""


def limits(server: Server, room: int = Limits().connections) -> Limits:
    """What clients of this server may ask of it, and so many there is `room` for; what is not set has our defaults."""
    default = Limits()
    return replace(
        default,
        read_header=seconds(server.read_header_timeout) or default.read_header,
        body_idle=seconds(server.read_idle_timeout) or default.body_idle,
        write_idle=seconds(server.write_idle_timeout) or default.write_idle,
        idle=seconds(server.idle_timeout) or default.idle,
        header_bytes=server.max_header_bytes or default.header_bytes,
        connections=min(default.connections, room),
        passed=expecting(server.expected_underscore_headers, server.expected_dot_headers),
    )


def pace_of(server: Server) -> Middleware | None:
    """What holds this server's clients to their pace beyond the limits for standing still; None if nothing does."""
    read = Pace(_idle(server.read_idle_timeout, server.read_min_rate), server.read_min_rate, _time(server.read_timeout))
    write = Pace(
        _idle(server.write_idle_timeout, server.write_min_rate), server.write_min_rate, _time(server.write_timeout)
    )
    return paced(read, write, server.max_write_chunk) if read or write else None


def _time(duration: Duration) -> float | None:
    return seconds(duration) or None


def _idle(timeout: Duration, rate: int) -> float | None:
    """What is allowed to be behind the rate. Without a rate the connection's own limit does, at no cost."""
    return (_time(timeout) or Limits().body_idle) if rate else None
