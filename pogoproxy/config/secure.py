"""The TLS side of a server: its connection policies, ready for handshakes."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..apps.http import HttpApp, Server
from ..apps.tls import TlsApp
from ..errors import ConfigError
from ..http.server import SPOKEN
from ..module import Registry
from ..net import ListenAddress
from ..standard import REGISTRY
from ..tls.automation import KEY_TYPES, Automation
from ..tls.certificates import Certificates
from ..tls.client_auth import ClientAuthentication
from ..tls.client_trust import client_trust
from ..tls.connection import ConnectionPolicy
from ..tls.connections import Policy
from ..tls.contexts import check
from ..tls.issuers import Issuer
from ..tls.keeping.files import FileStorage
from ..tls.keeping.sources import sources
from ..tls.managers import CertificateManager, HttpCertificates
from .automatic_https import HTTP_PORT
from .issuers import check_issuer, check_ports, on_demand_gate
from .root import Config
from .storage import storage_of

_POLICIES = "apps.tls.automation.policies"

_ALPN = {"h2": "h2", "h1": "http/1.1"}


def is_secure(server: Server, address: ListenAddress, http: HttpApp) -> bool:
    """Whether TLS is spoken there; never on the port of HTTP."""
    return bool(server.tls_connection_policies) and address.port != (http.http_port or HTTP_PORT)


def is_any_secure(http: HttpApp) -> bool:
    """Whether any server of an expanded configuration speaks TLS."""
    return any(is_secure(server, address, http) for server in http.servers.values() for address in server.addresses())


def secure_policies(server: Server, registry: Registry, storage: FileStorage, path: str) -> list[Policy]:
    """The policies of a server; ConfigError, with their path, for what cannot be done."""
    found = []
    for number, raw in enumerate(server.tls_connection_policies or ()):
        at = f"{path}.tls_connection_policies[{number}]"
        try:
            found.append(_policy(msgspec.json.decode(raw, type=ConnectionPolicy), server, registry, storage))
        except msgspec.MsgspecError as wrong:
            raise ConfigError(str(wrong), path=at) from None
        except ConfigError as wrong:
            raise ConfigError(wrong.message, path=at) from None
    return found


def _policy(config: ConnectionPolicy, server: Server, registry: Registry, storage: FileStorage) -> Policy:
    if not isinstance(config.handshake_context, msgspec.UnsetType):
        raise ConfigError("handshake_context is understood but not supported yet")
    if config.protocol_min > (config.protocol_max or "tls1.3"):
        raise ConfigError("protocol_min is higher than protocol_max")
    auth = config.client_authentication
    trust = client_trust(auth, registry, storage) if auth is not None and is_active(auth) else None
    check(config, trust)
    return Policy(config, config.alpn or offered(server), trust)


def offered(server: Server) -> Sequence[str]:
    """What is offered by ALPN, best first."""
    wanted = [_ALPN[name] for name in server.protocols or ("h1", "h2") if name in _ALPN]
    return [name for name in SPOKEN if name in wanted]


def is_active(auth: ClientAuthentication) -> bool:
    """Whether clients are asked for certificates at all."""
    return auth != ClientAuthentication()


def is_strict(server: Server) -> bool:
    """Whether the Host must be the name of the handshake. By default where some clients need certificates: without it
    one could come in by a name that asks for none, and ask for the host of another."""
    if server.strict_sni_host is not None:
        return server.strict_sni_host
    policies = (msgspec.json.decode(raw, type=ConnectionPolicy) for raw in server.tls_connection_policies or ())
    return any(policy.client_authentication and is_active(policy.client_authentication) for policy in policies)


def check_tls(config: Config) -> None:
    """ConfigError for what neither fronts nor the keeper could do."""
    storage = storage_of(config)
    for name, server in config.http.servers.items():
        secure_policies(server, REGISTRY, storage, f"apps.http.servers.{name}")
    app = config.apps.tls or TlsApp()
    automation = app.automation or Automation()
    may_ask = on_demand_gate(automation) is not None
    for policy in automation.policies:
        _check_key_type(policy.key_type)
        for raw in policy.issuers:
            issuer = REGISTRY.guest(Issuer, raw, _POLICIES)
            check_issuer(issuer, app.dns)
            check_ports(issuer, config.http)
        for raw in policy.get_certificate:
            if not isinstance(REGISTRY.guest(CertificateManager, raw, _POLICIES), HttpCertificates):
                raise ConfigError("get_certificate is understood for http alone so far", path=_POLICIES)
        if policy.on_demand and not may_ask:
            raise ConfigError("certificates on demand need `on_demand_tls` with `ask` or `permission`", path=_POLICIES)
    for source in sources(app.certificates or Certificates()):
        # The parent looks whether they are there, and leaves it to the keeper to read keys.
        for file in source.files:
            if not file.is_file():
                raise ConfigError(f"loading certificates: open {file}: no such file", path="apps.tls.certificates")


def _check_key_type(name: str) -> None:
    if name and name not in KEY_TYPES:
        raise ConfigError(f"key_type {name!r} is none of {', '.join(KEY_TYPES)}", path="apps.tls.automation")
