"""Redirects from HTTP to HTTPS: which names go where, and by which servers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec

from ..adapt.emit import module_object
from ..apps.http import Server, ServerLogs
from ..handlers.respond import StaticResponse
from ..net import ListenAddress
from ..route import MatcherSet, Route

SERVER = "remaining_auto_https_redirects"
"""The server that redirects where no other one listens."""

_STANDARD_PORTS = (80, 443)
_PLAIN: MatcherSet = {"protocol": msgspec.Raw(b'"http"')}


@dataclass
class Redirects:
    """What servers want redirected, and the routes that do it."""

    http_port: int
    https_port: int
    _places: dict[str, list[ListenAddress]] = field(default_factory=dict)
    """Where each host is served; "" stands for all hosts."""
    _logs: ServerLogs | None = None

    def add(self, server: Server, hosts: Iterable[str]) -> None:
        """These hosts of the server are to be reached by HTTP, too."""
        self._logs = server.logs or self._logs
        for address in server.addresses():
            if address.network not in ("unix", "fd"):
                for host in sorted(hosts):
                    self._record(host, address)

    def _record(self, host: str, address: ListenAddress) -> None:
        """Where a host is served on several ports, one of them is redirected to: HTTPS's own, else the first."""
        known = self._places.setdefault(host, [address])
        if known[0].port == address.port:
            if address not in known:
                known.append(address)
        elif address.port == self.https_port:
            self._places[host] = [address]

    def applied(self, servers: dict[str, Server], *, has_names: bool) -> dict[str, Server]:
        """The servers with the redirects: in the one that listens there already, else in one of their own."""
        servers = dict(servers)
        left: list[Route] = []
        addresses: list[ListenAddress] = []
        for address, routes in sorted(self._routes().items(), key=lambda item: str(item[0])):
            routes.sort(key=_by_precision)
            name = next((name for name in sorted(servers) if address in servers[name].addresses()), None)
            if name is None:
                addresses.append(address)
                left += routes
            else:
                servers[name] = self._inserted(servers[name], routes if has_names else [])
        if addresses:
            servers[SERVER] = Server(
                listen=tuple(map(str, addresses)), routes=(*left, self._catch_all()), logs=self._logs
            )
        return servers

    def _routes(self) -> dict[ListenAddress, list[Route]]:
        hosts_at: dict[ListenAddress, list[str]] = {}
        for host, places in self._places.items():
            for address in places:
                hosts_at.setdefault(address, []).append(host)
        found: dict[ListenAddress, list[Route]] = {}
        for address, hosts in hosts_at.items():
            match = _PLAIN if hosts == [""] else {**_PLAIN, "host": msgspec.Raw(msgspec.json.encode(sorted(hosts)))}
            found.setdefault(replace(address, port=self.http_port), []).append(self._route(address.port, match))
        return found

    def _inserted(self, server: Server, routes: list[Route]) -> Server:
        """After the last route that names hosts, but before those for all hosts, which are the user's own."""
        place = max((at + 1 for at, route in enumerate(server.routes) if _names_hosts(route)), default=0)
        return msgspec.structs.replace(
            server, routes=(*server.routes[:place], *routes, *server.routes[place:], self._catch_all())
        )

    def _catch_all(self) -> Route:
        """For names that nobody knows yet, as with certificates on demand."""
        return self._route(self.https_port, _PLAIN)

    def _route(self, port: int, match: MatcherSet) -> Route:
        shown = "" if port in (self.http_port, self.https_port, *_STANDARD_PORTS) else f":{port}"
        location = "https://{http.request.host}" + shown + "{http.request.uri}"
        answer = StaticResponse(status_code=308, headers={"Location": (location,)}, close=True)
        return Route(match=(match,), handle=(module_object(answer),))


def _names_hosts(route: Route) -> bool:
    return any("host" in matchers for matchers in route.match)


def _by_precision(route: Route) -> tuple[bool, bool, int, str]:
    """Exact hosts before wildcards, longer ones before shorter ones, all hosts last."""
    matchers = route.match[0]
    hosts = msgspec.json.decode(matchers["host"], type=list[str]) if "host" in matchers else [""]
    return hosts[0] == "", "*" in hosts[0], -len(hosts[0]), hosts[0]
