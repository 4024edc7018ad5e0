"""ACME issuers and what they inherit: the `tls` shortcuts override, the global options fill what is left open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from ..errors import ConfigError
from .acme import AcmeIssuer, ChainPreference, Challenges, ExternalAccount, PortChallenge, default_issuers
from .dns import DnsChallenge
from .issuers import Issuer

T = TypeVar("T", bound=msgspec.Struct)

_MERGED = (Challenges, PortChallenge, DnsChallenge)
"""Parts of an issuer that are overridden setting by setting, not as a whole."""


@dataclass(frozen=True, slots=True)
class AcmeDefaults:
    """What the global options say of all ACME issuers; None and nothing mean that they do not."""

    email: str = ""
    ca: str = ""
    ca_root: str = ""
    uses_dns: bool = False
    """Whether `acme_dns` is set: all issuers use the DNS challenge."""
    acme_dns: msgspec.Raw | None = None
    """Its provider."""
    dns: msgspec.Raw | None = None
    """The provider of the option `dns`, which stands in for any that is not named."""
    external_account: ExternalAccount | None = None
    preferred_chains: ChainPreference | None = None
    certificate_lifetime: int = 0
    http_port: int | None = None
    https_port: int | None = None
    bind_host: str | None = None
    """The first address of `default_bind`."""
    resolvers: tuple[str, ...] = ()

    @property
    def need_issuers(self) -> bool:
        """Whether a policy without issuers must be given some, to carry these settings."""
        return bool(self.email) or self.reach_global_issuers

    @property
    def reach_global_issuers(self) -> bool:
        """Whether something is set that makes a policy for all names necessary."""
        settings = (self.ca, self.ca_root, self.uses_dns, self.external_account, self.preferred_chains)
        return any(settings)


def implicit_issuers(shortcuts: AcmeIssuer, configured: Iterable[Issuer]) -> tuple[Issuer, ...]:
    """The shortcuts of a `tls` directive as overrides of the configured ACME issuers, else of the default ones."""
    bases = tuple(issuer for issuer in configured if isinstance(issuer, AcmeIssuer))
    if not bases:
        bases = (AcmeIssuer(),) if shortcuts.ca else default_issuers(shortcuts.email)
    return tuple(overridden(base, shortcuts) for base in bases)


def overridden(base: AcmeIssuer, shortcuts: AcmeIssuer) -> AcmeIssuer:
    """The base with what the shortcuts set; trusted roots add up."""
    roots = dict.fromkeys(base.trusted_roots_pem_files + shortcuts.trusted_roots_pem_files)
    return msgspec.structs.replace(_overridden(base, shortcuts), trusted_roots_pem_files=tuple(roots))


def _overridden(base: T, other: T) -> T:
    changes = {}
    for field in other.__struct_fields__:
        value, mine = getattr(other, field), getattr(base, field)
        if value:
            changes[field] = _overridden(mine, value) if mine and isinstance(value, _MERGED) else value
    return msgspec.structs.replace(base, **changes)


def filled(issuer: Issuer, defaults: AcmeDefaults) -> Issuer:
    """The issuer with the defaults where it says nothing; ConfigError if it needs a DNS provider and there is none."""
    if not isinstance(issuer, AcmeIssuer):
        return issuer
    roots = issuer.trusted_roots_pem_files
    if defaults.ca_root and defaults.ca_root not in roots:
        roots += (defaults.ca_root,)
    return msgspec.structs.replace(
        issuer,
        email=issuer.email or defaults.email,
        ca=issuer.ca or defaults.ca,
        trusted_roots_pem_files=roots,
        challenges=_challenges(issuer.challenges, defaults),
        external_account=issuer.external_account or defaults.external_account,
        preferred_chains=issuer.preferred_chains or defaults.preferred_chains,
        certificate_lifetime=issuer.certificate_lifetime or defaults.certificate_lifetime,
    )


def bound(issuer: Issuer, host: str) -> Issuer:
    """The issuer answering challenges on that interface, unless it has one already."""
    if not isinstance(issuer, AcmeIssuer):
        return issuer
    challenges = issuer.challenges or Challenges()
    return msgspec.structs.replace(
        issuer, challenges=msgspec.structs.replace(challenges, bind_host=challenges.bind_host or host)
    )


def _challenges(given: Challenges | None, defaults: AcmeDefaults) -> Challenges | None:
    dns = _dns(given.dns if given else None, defaults)
    if dns:
        return msgspec.structs.replace(given or Challenges(), dns=dns)
    challenges = given or Challenges()
    if defaults.http_port is not None:
        challenges = msgspec.structs.replace(challenges, http=_at(challenges.http, defaults.http_port))
    if defaults.https_port is not None:
        challenges = msgspec.structs.replace(challenges, tls_alpn=_at(challenges.tls_alpn, defaults.https_port))
    if defaults.bind_host is not None:
        return msgspec.structs.replace(challenges, bind_host=challenges.bind_host or defaults.bind_host)
    return given if challenges == Challenges() else challenges


def _at(challenge: PortChallenge | None, port: int) -> PortChallenge:
    challenge = challenge or PortChallenge()
    return msgspec.structs.replace(challenge, alternate_port=challenge.alternate_port or port)


def _dns(given: DnsChallenge | None, defaults: AcmeDefaults) -> DnsChallenge | None:
    provider = given.provider if given else msgspec.UNSET
    dns = given
    if defaults.uses_dns and provider is msgspec.UNSET:
        if defaults.acme_dns is None and defaults.dns is None:
            raise ConfigError(
                "acme_dns specified without DNS provider config, but no provider specified with 'dns' global option"
            )
        provider = defaults.acme_dns or msgspec.UNSET
        dns = msgspec.structs.replace(given or DnsChallenge(), provider=provider)
    if dns and not dns.resolvers and (defaults.uses_dns or provider is not msgspec.UNSET):
        return msgspec.structs.replace(dns, resolvers=defaults.resolvers)
    return dns
