"""Issuers as they are configured: what of them runs, and who is asked first. Loads nothing that makes certificates."""

from __future__ import annotations

import msgspec

from ..apps.http import HttpApp
from ..errors import ConfigError
from ..standard import REGISTRY
from ..tls.acme import ZEROSSL_DIRECTORY, AcmeIssuer
from ..tls.automation import Automation
from ..tls.dns import DnsProvider
from ..tls.issuers import InternalIssuer, Issuer, ZeroSslIssuer
from ..tls.issuing.dns01 import DnsAnswers, check_settings
from ..tls.keeping.demand import OnDemandGate
from ..tls.permission import HttpPermission, Permission

_POLICIES = "apps.tls.automation.policies"


def on_demand_gate(automation: Automation) -> OnDemandGate | None:
    """Who is asked before a certificate is obtained on demand; None if nobody is, and so none is obtained."""
    on_demand = automation.on_demand
    if on_demand is None:
        return None
    if on_demand.ask:
        return OnDemandGate(on_demand.ask)
    if isinstance(on_demand.permission, msgspec.UnsetType):
        return None
    permission = REGISTRY.guest(Permission, on_demand.permission, "apps.tls.automation.on_demand.permission")
    assert isinstance(permission, HttpPermission)
    return OnDemandGate(permission.endpoint)


def check_issuer(config: Issuer, default_dns: msgspec.Raw | msgspec.UnsetType) -> None:
    """ConfigError for an issuer, or a setting of one, that is not there yet."""
    if isinstance(config, AcmeIssuer):
        if config.certificate_lifetime:
            raise _not_yet("certificate_lifetime of acme")
        if not isinstance(config.network_proxy, msgspec.UnsetType):
            raise _not_yet("network_proxy of acme")
        dns_answers(config, default_dns)
    elif isinstance(config, ZeroSslIssuer):
        hint = f"use `issuer acme {ZEROSSL_DIRECTORY}` with the option `email`, or with `eab`"
        raise ConfigError(f"issuer zerossl is understood but not supported yet: {hint}", path=_POLICIES)
    elif not isinstance(config, InternalIssuer):
        raise _not_yet(f"issuer {config.module_id().rpartition('.')[2]}")


def check_ports(config: Issuer, http: HttpApp) -> None:
    """ConfigError for a port of challenges on which nobody of ours listens."""
    if not isinstance(config, AcmeIssuer) or config.challenges is None:
        return
    for challenge, served in (
        (config.challenges.http, http.http_port or 80),
        (config.challenges.tls_alpn, http.https_port or 443),
    ):
        if challenge is not None and not challenge.disabled and challenge.alternate_port not in (0, served):
            raise ConfigError(
                f"challenges are answered on port {served}, not on {challenge.alternate_port}", path=_POLICIES
            )


def dns_answers(config: AcmeIssuer, default_dns: msgspec.Raw | msgspec.UnsetType) -> DnsAnswers | None:
    """The DNS challenge as the issuer wants it, if it does; ConfigError if it cannot be."""
    if config.dns is None:
        return None
    raw = default_dns if isinstance(config.dns.provider, msgspec.UnsetType) else config.dns.provider
    if isinstance(raw, msgspec.UnsetType):
        raise ConfigError("the DNS challenge has no provider", path=_POLICIES)
    check_settings(config.dns)
    return DnsAnswers(config.dns, REGISTRY.guest(DnsProvider, raw, _POLICIES).editor())


def _not_yet(what: str) -> ConfigError:
    return ConfigError(f"{what} is understood but not supported yet", path=_POLICIES)
