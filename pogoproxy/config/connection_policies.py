"""TLS connection policies of a server: what its sites say of handshakes, by server name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from ..adapt.adaptation import Adaptation
from ..apps.http import AutomaticHTTPS
from ..handlers.tls import TlsSettings
from ..tls.connection import ConnectionPolicy
from ..tls.connection_policies import consolidated, shielded
from .listeners import Ports
from .sites import Served


@dataclass(frozen=True, slots=True)
class FallbackNames:
    """The server names of the options `default_sni` (where a client sends none) and `fallback_sni` (an unknown one)."""

    default: str = ""
    fallback: str = ""

    @classmethod
    def of(cls, adaptation: Adaptation) -> FallbackNames:
        """Those of the options."""
        return cls(adaptation.option("default_sni", str) or "", adaptation.option("fallback_sni", str) or "")

    def settings(self) -> ConnectionPolicy:
        """The policy that says just this."""
        return ConnectionPolicy(default_sni=self.default, fallback_sni=self.fallback)


@dataclass(frozen=True, slots=True)
class SitePolicies:
    """The policies of the sites, and the hosts that a wildcard of another site must not ask for certificates."""

    policies: tuple[ConnectionPolicy, ...]
    exempt: tuple[str, ...]
    ends_in_catch_all: bool


def site_policies(served: Iterable[Served], names: FallbackNames) -> SitePolicies:
    """What the sites of a server say, in their order; a policy that changes nothing is left out."""
    policies: list[ConnectionPolicy] = []
    exempt: list[str] = []
    ends_in_catch_all = False
    for site in served:
        hosts = sorted(site.hosts)
        found = site.block.evaluated.of(TlsSettings)
        is_forced = any(settings.force_automate for settings in found) and bool(hosts)
        if not found:
            exempt += [host for host in hosts if "*" not in host]
        for settings in found:
            policy = _for_hosts(settings.policy, hosts, names)
            # One that changes nothing is kept for names whose certificate is to be their own: it keeps them from a
            # wildcard certificate that a policy below it selects.
            if policy.settings != ConnectionPolicy() or is_forced:
                policies.append(policy)
                ends_in_catch_all = not hosts
            else:
                exempt += hosts
    return SitePolicies(tuple(policies), tuple(exempt), ends_in_catch_all)


def _for_hosts(policy: ConnectionPolicy, hosts: list[str], names: FallbackNames) -> ConnectionPolicy:
    """The policy for a site's hosts, and for no name where one of them is to stand in for that; `hosts` tells so."""
    if not hosts:
        return msgspec.structs.replace(policy, default_sni=names.default, fallback_sni=names.fallback)
    for host in hosts:
        if host in (names.default, names.fallback):
            hosts.append("")
            field = "default_sni" if host == names.default else "fallback_sni"
            policy = msgspec.structs.replace(policy, **{field: host})
            break
    hosts.sort()
    return policy.for_names(hosts)


def server_policies(sites: SitePolicies, names: FallbackNames, *, needs_catch_all: bool) -> tuple[msgspec.Raw, ...]:
    """The policies of a server; ConfigError if sites contradict each other.

    With `needs_catch_all` one for all names is added, where names are to be served that no policy has.
    """
    rows: Sequence[ConnectionPolicy] = shielded(sites.policies, sites.exempt)
    if needs_catch_all and not sites.ends_in_catch_all:
        rows = (*rows, names.settings())
    return tuple(msgspec.Raw(msgspec.json.encode(policy)) for policy in consolidated(rows))


def wants_catch_all(
    served: Iterable[Served], automatic: AutomaticHTTPS | None, ports: Ports, *, is_configured: bool
) -> bool:
    """Whether some site is for HTTPS, and automatic HTTPS would not make a policy, or not the only one."""
    will_skip = automatic.skip if automatic else ()
    skipped: set[str] = set()  # in the order of the file: what comes before its http:// twin counts still
    wants_tls = False
    is_automatic = not (automatic and automatic.disable)
    for site in served:
        has_settings = bool(site.block.evaluated.of(TlsSettings))
        for address in site.addresses:
            if address.scheme == "http" and address.host in will_skip:
                skipped.add(address.host)
            is_enabled = has_settings or (bool(address.host) and address.host not in skipped)
            wants_tls |= address.scheme == "https" or (
                address.scheme != "http" and address.port != ports.http and is_enabled
            )
            is_automatic &= address.port == ports.https or (address.port != ports.http and bool(address.host))
    return wants_tls and (is_configured or not is_automatic)
