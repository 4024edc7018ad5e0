"""Automatic HTTPS: what a configuration means without saying it.

Names in host matchers get certificates, servers that have them speak TLS, and plain HTTP is redirected. The rules are
those of Caddy (caddyserver.com/docs/automatic-https): decided once, on plain data, before anything is bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import msgspec

from ..apps.http import AutomaticHTTPS, HttpApp, Server
from ..apps.tls import TlsApp
from ..route import Route
from ..tls.automation import Automation, AutomationPolicy
from ..tls.automation_policies import INTERNAL
from ..tls.certificates import Certificates
from ..tls.names import is_address, is_tailscale, qualifies, qualifies_publicly
from .redirects import Redirects
from .root import Config

HTTP_PORT, HTTPS_PORT = 80, 443
_ANY = msgspec.Raw(b"{}")


@dataclass(frozen=True)
class Expanded:
    """A configuration with nothing implied. `names` want certificates unless one for them is loaded already."""

    config: Config
    names: tuple[str, ...] = ()


@dataclass
class _Work:
    http: HttpApp
    servers: dict[str, Server]
    names: dict[str, bool] = field(default_factory=dict)
    """Names for certificates; whether loaded ones do not count."""
    redirects: Redirects = field(init=False)

    def __post_init__(self) -> None:
        self.redirects = Redirects(self.http.http_port or HTTP_PORT, self.http.https_port or HTTPS_PORT)


def expanded(config: Config) -> Expanded:
    """The configuration as it is run; ConfigError if an address is malformed."""
    if not config.http.servers:
        return Expanded(config)
    work = _Work(config.http, dict(config.http.servers))
    for name in sorted(work.servers):
        work.servers[name] = _server(work, work.servers[name])
    servers = work.redirects.applied(work.servers, has_names=bool(work.names))
    tls = _tls_app(config.apps.tls, work.names)
    apps = msgspec.structs.replace(config.apps, http=msgspec.structs.replace(work.http, servers=servers), tls=tls)
    forced = {name for name, is_forced in work.names.items() if is_forced}
    names = tuple(name for name in work.names if name not in forced)
    if forced:
        tls = _with_automated(tls, forced)
        apps = msgspec.structs.replace(apps, tls=tls)
    return Expanded(msgspec.structs.replace(config, apps=apps), names)


def _server(work: _Work, server: Server) -> Server:
    """The server with TLS if it speaks that; takes down its names and redirects."""
    automatic = server.automatic_https or AutomaticHTTPS()
    ports = {address.port for address in server.addresses()}  # 0 for Unix sockets, as in Caddy
    if automatic.disable or ports <= {work.http.http_port or HTTP_PORT}:
        return server
    if server.tls_connection_policies is None and ports <= {work.http.https_port or HTTPS_PORT}:
        server = msgspec.structs.replace(server, tls_connection_policies=(_ANY,))
    hosts = {host for host in hosts_of(server.routes) if host not in automatic.skip}
    if not hosts and not server.tls_connection_policies:
        return server
    if not automatic.disable_certificates:
        for host in sorted(hosts):
            if qualifies(host) and host not in automatic.skip_certificates and not is_tailscale(host):
                work.names[host] = work.names.get(host, False) or automatic.ignore_loaded_certificates
    if server.tls_connection_policies is None:
        server = msgspec.structs.replace(server, tls_connection_policies=(_ANY,))
    if not automatic.disable_redirects:
        work.redirects.add(server, hosts or {""})
    return server


def hosts_of(routes: Iterable[Route]) -> Iterator[str]:
    """The hosts of the top routes' matchers."""
    for route in routes:
        for matchers in route.match:
            if "host" in matchers:
                yield from msgspec.json.decode(matchers["host"], type=tuple[str, ...])


def _tls_app(app: TlsApp | None, names: Iterable[str]) -> TlsApp | None:
    """The app with a policy for internal names that have none, which the public issuers would refuse."""
    names = tuple(names)
    if not names:
        return app
    app = app or TlsApp()
    automation = app.automation or Automation()
    policies = tuple(_internal_if_bare(policy) for policy in automation.policies)
    taken = {subject for policy in policies for subject in policy.subjects}
    internal = tuple(name for name in names if name not in taken and _is_internal(name, policies))
    if internal:
        base = next((policy for policy in policies if not policy.subjects), AutomationPolicy())
        policies = (
            *(policy for policy in policies if policy.subjects),
            msgspec.structs.replace(base, subjects=internal, issuers=(INTERNAL,)),
            *(policy for policy in policies if not policy.subjects),
        )
    return msgspec.structs.replace(app, automation=msgspec.structs.replace(automation, policies=policies))


def _internal_if_bare(policy: AutomationPolicy) -> AutomationPolicy:
    """A policy without issuers whose names are all internal has the internal one."""
    if policy.issuers or not policy.subjects or any(map(qualifies_publicly, policy.subjects)):
        return policy
    return msgspec.structs.replace(policy, issuers=(INTERNAL,))


def _is_internal(name: str, policies: tuple[AutomationPolicy, ...]) -> bool:
    return not qualifies_publicly(name) or (is_address(name) and not policies)


def _with_automated(app: TlsApp | None, names: Iterable[str]) -> TlsApp:
    app = app or TlsApp()
    certificates = app.certificates or Certificates()
    automate = tuple(dict.fromkeys((*certificates.automate, *sorted(names))))
    return msgspec.structs.replace(app, certificates=msgspec.structs.replace(certificates, automate=automate))
