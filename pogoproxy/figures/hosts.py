"""What a request's host is called where requests are counted by host; clients may name any."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..apps.http import HttpApp, Server
from ..http.exchange import Exchange
from ..http.metering import HostLabel

_OTHER = "_other"
_ODD = frozenset("*{")


def host_label(http: HttpApp) -> HostLabel:
    """Hosts that no site names are all one, lest clients fill the memory; unless that is asked for, or the server has
    certificates for what is asked for."""
    known = {host.lower() for server in http.servers.values() for host in _named(server)}
    counts_all = http.counted is not None and http.counted.observe_catchall_hosts
    has_https = any(server.tls_connection_policies for server in http.servers.values())

    def label(exchange: Exchange) -> str:
        host = exchange.host.lower()
        return host if host in known or counts_all or (has_https and exchange.tls is not None) else _OTHER

    return label


def _named(server: Server) -> Iterator[str]:
    """The hosts of its routes, but for patterns."""
    for matchers in (matchers for route in server.routes for matchers in route.match if "host" in matchers):
        yield from (host for host in msgspec.json.decode(matchers["host"], type=list[str]) if not _ODD & set(host))
