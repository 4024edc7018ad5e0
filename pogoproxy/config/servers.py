"""A server from the sites it serves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from ..adapt.adaptation import Adaptation
from ..adapt.emit import module_object
from ..adapt.network import NetworkAddress
from ..adapt.ordering import stable_sorted
from ..adapt.routes import Placed, in_order, merged, subroute
from ..apps.http import AutomaticHTTPS, Server
from ..errors import ConfigError
from ..handlers.handle_errors import ErrorBlock
from ..handlers.subroute import Subroute
from ..route import ErrorRoutes, MatcherSet, Route
from .access_logs import server_logs
from .connection_policies import FallbackNames, server_policies, site_policies, wants_catch_all
from .listeners import Pairing, Ports
from .named_routes import NamedRoutes
from .schemes import refuse_conflicts
from .site_matchers import matcher_sets
from .sites import Block, Served, ambiguous

AUTO_HTTPS = {
    "off": "disable",
    "disable_redirects": "disable_redirects",
    "disable_certs": "disable_certificates",
    "ignore_loaded_certs": "ignore_loaded_certificates",
}
"""The arguments of the option `auto_https`, and the fields they set."""


@dataclass(frozen=True)
class Builder:
    """What all servers are built with."""

    adaptation: Adaptation
    ports: Ports
    named_routes: NamedRoutes
    sorted: dict[Block, tuple[list[Placed], list[ErrorBlock]]] = field(default_factory=dict)
    """Each block's directives as the last server has them. Caddy sorts in place, so a block on several servers is
    sorted from where the last sort left it; since its sorts reverse some equals, that shows."""

    def build(self, pairing: Pairing) -> Server:
        """The server that serves these sites on these listeners."""
        refuse_ambiguity(pairing.served)
        served = list(pairing.served)
        automatic = self._automatic_https(pairing.addresses, served)
        routes, errors = self._routes(served)
        policies = self._connection_policies(pairing.addresses, served, automatic)
        return Server(
            listen=pairing.addresses,
            routes=merged(routes),
            errors=ErrorRoutes(routes=errors) if errors is not None else None,
            named_routes=self.named_routes.used_by(served),
            tls_connection_policies=policies or None,
            automatic_https=automatic,
            logs=server_logs(served),
            listen_protocols=listen_protocols(pairing),
        )

    def _connection_policies(
        self, listen: tuple[str, ...], served: list[Served], automatic: AutomaticHTTPS | None
    ) -> tuple[msgspec.Raw, ...]:
        names = FallbackNames.of(self.adaptation)
        sites = site_policies(served, names)
        refuse_conflicts(listen, served, sites.policies, self.ports)
        is_configured = bool(sites.policies or names.default or names.fallback)
        needs_catch_all = wants_catch_all(served, automatic, self.ports, is_configured=is_configured)
        try:
            return server_policies(sites, names, needs_catch_all=needs_catch_all)
        except ConfigError as wrong:
            raise served[0].keys[0].word.error(f"consolidating TLS connection policies: {wrong.message}") from None

    def _routes(self, served: list[Served]) -> tuple[tuple[Route, ...], tuple[Route, ...] | None]:
        is_alone = len(served) == 1
        routes: tuple[Route, ...] = ()
        errors: tuple[Route, ...] | None = None
        for site in served:
            match = matcher_sets(site)
            placed, rows = self._sort(site.block)
            routes += wrapped(subroute(placed, self.adaptation.shared.groups), match, is_alone=is_alone)
            if rows:
                errors = (errors or ()) + wrapped(tuple(row.route for row in rows), match, is_alone=is_alone)
        return routes, errors

    def _sort(self, block: Block) -> tuple[list[Placed], list[ErrorBlock]]:
        evaluated = block.evaluated
        placed, rows = self.sorted.get(block) or (evaluated.placed, evaluated.of(ErrorBlock))
        self.sorted[block] = (
            in_order(placed, self.adaptation.shared.order),
            stable_sorted(rows, lambda one, other: bool(one.route.match or not other.route.match)),
        )
        return self.sorted[block]

    def _automatic_https(self, listen: Iterable[str], served: Iterable[Served]) -> AutomaticHTTPS | None:
        asked = self.adaptation.option("auto_https", tuple) or ()
        fields: dict[str, object] = {AUTO_HTTPS[word]: True for word in asked}
        if uses_port_other_than(listen, self.ports.http):
            addresses = (address for site in served for address in site.addresses)
            skip = dict.fromkeys(address.host for address in addresses if address.scheme == "http" and address.host)
            fields |= {"skip": tuple(skip)} if skip else {}
        return AutomaticHTTPS(**fields) if fields else None  # type: ignore[arg-type]


def refuse_ambiguity(served: Iterable[Served]) -> None:
    """ConfigError if two blocks of one server have the same key."""
    owners: dict[str, Served] = {}
    for site in served:
        for key in site.keys:
            if owners.setdefault(key.word.text, site) is not site:
                raise ambiguous(key)


def wrapped(routes: tuple[Route, ...], match: tuple[MatcherSet, ...], *, is_alone: bool) -> tuple[Route, ...]:
    """A site's routes as the server has them: below one terminal route, unless it is the only site and for all hosts.

    A host matcher inside a site keeps the site wrapped: at the server's top it would count for automatic HTTPS.
    """
    if not match and is_alone and not any("host" in matchers for route in routes for matchers in route.match):
        return routes
    if not match and not routes:
        return ()
    handle = (module_object(Subroute(routes=routes)),) if routes else ()
    return (Route(match=match, handle=handle, terminal=True),)


def listen_protocols(pairing: Pairing) -> tuple[tuple[str, ...] | None, ...]:
    """The protocols of each listener, None where they are the server's; nothing if they are for all."""
    if not any(listen.protocols for listen in pairing.listen):
        return ()
    return tuple(listen.protocols or None for listen in pairing.listen)


def uses_port_other_than(listen: Iterable[str], port: str) -> bool:
    """Whether any address has a port that is not this one."""
    addresses = map(NetworkAddress.parse, listen)
    return any(not address.start <= int(port) <= address.end for address in addresses)
