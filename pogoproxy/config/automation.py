"""Automation policies from the sites: who issues the certificates for their names.

Each site for HTTPS brings a candidate; a site for all names is the one default, and the global options make that, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import msgspec

from ..adapt.adaptation import Adaptation
from ..errors import ConfigError
from ..handlers.bind import Bind
from ..handlers.tls import TlsSettings
from ..tls.acme import AcmeIssuer, ChainPreference, ExternalAccount, default_issuers
from ..tls.acme_defaults import AcmeDefaults, bound, filled
from ..tls.automation import AutomationPolicy
from ..tls.automation_policies import INTERNAL, Candidate
from ..tls.issuers import InternalIssuer, Issuer
from ..tls.names import is_public, is_tailscale, qualifies
from .sites import Block, Served

DEFAULT_MAKERS = (
    "acme_ca",
    "acme_ca_root",
    "acme_dns",
    "acme_eab",
    "cert_issuer",
    "key_type",
    "local_certs",
    "ocsp_stapling",
    "preferred_chains",
    "renewal_window_ratio",
)
"""Options that hold for names of which no site says anything, so that there is a policy for all names."""


@dataclass
class Draft:
    """A policy in the making. A site for all names and the global options may share one."""

    subjects: tuple[str, ...] = ()
    issuers: tuple[Issuer, ...] | None = None
    """None means the global ones, which all policies share."""
    named_by: Block | None = None
    """The site block that named them."""
    managers: tuple[msgspec.Raw, ...] = ()
    key_type: str = ""
    renewal_window_ratio: float = 0
    on_demand: bool = False
    reuse_private_keys: bool = False
    disable_ocsp_stapling: bool = False
    is_internal: bool = False
    """Its names are internal ones that stood beside public ones."""

    def is_public(self, name: str) -> bool:
        """Whether the name is left to the public issuers."""
        return is_public(name, on_demand=self.on_demand)


@dataclass
class Drafts:
    """All policies in the making, with the global options they start from."""

    adaptation: Adaptation
    http_port: str
    defaults: AcmeDefaults = field(init=False)
    global_issuers: tuple[Issuer, ...] = field(init=False)
    rows: list[Draft] = field(init=False)
    default: Draft | None = field(init=False)

    def __post_init__(self) -> None:
        self.defaults = acme_defaults(self.adaptation)
        self.global_issuers = global_issuers(self.adaptation)
        if self.defaults.reach_global_issuers:
            self.global_issuers = tuple(filled(issuer, self.defaults) for issuer in self.global_issuers)
        has_default = any(self.adaptation.option(name, object) is not None for name in DEFAULT_MAKERS)
        self.default = self.base() if has_default else None
        self.rows = [self.default] if self.default else []

    def base(self) -> Draft:
        """What every policy starts from."""
        return Draft(
            key_type=self.adaptation.option("key_type", str) or "",
            renewal_window_ratio=self.adaptation.option("renewal_window_ratio", float) or 0,
            disable_ocsp_stapling=self.adaptation.option("ocsp_stapling", bool) is False,
        )

    def add(self, site: Served) -> None:
        """The policy for a site's names; ConfigError if a name cannot have a certificate."""
        draft = self.default if self.default and not site.hosts else self.base()
        self._apply(site, draft)
        if not site.hosts and self.default is None:
            self.default = draft
        draft.subjects = tuple(sorted(https_hosts(site, self.http_port)))
        self.rows.append(draft)
        if not self.issuers(draft):
            self.rows += _split(draft, site)

    def _apply(self, site: Served, draft: Draft) -> None:
        found = site.block.evaluated.of(TlsSettings)
        draft.on_demand |= any(settings.on_demand for settings in found)
        draft.reuse_private_keys |= any(settings.reuse_private_keys for settings in found)
        draft.key_type = next((settings.key_type for settings in found if settings.key_type), draft.key_type)
        ratios = (settings.renewal_window_ratio for settings in found if settings.renewal_window_ratio)
        draft.renewal_window_ratio = next(ratios, draft.renewal_window_ratio)
        if issuers := tuple(issuer for settings in found for issuer in settings.issuers):
            # A block that is served on several listeners comes here several times.
            if draft is self.default and draft.named_by is not site.block and issuers != self.issuers(draft):
                raise site.keys[0].word.error(
                    "automation policy from site block is also default/catch-all policy because of key without"
                    " hostname, and the two are in conflict"
                )
            draft.issuers, draft.named_by = issuers, site.block
        draft.managers += tuple(manager for settings in found for manager in settings.managers)
        for bind in site.block.evaluated.of(Bind):
            self._bind(draft, bind.addresses[0] if bind.addresses else "")

    def _bind(self, draft: Draft, host: str) -> None:
        # The global issuers are shared, so the first site that binds them binds them for all, as in Caddy.
        if draft.issuers is None:
            self.global_issuers = tuple(bound(issuer, host) for issuer in self.global_issuers)
        else:
            draft.issuers = tuple(bound(issuer, host) for issuer in draft.issuers)

    def issuers(self, draft: Draft) -> tuple[Issuer, ...]:
        """Its own issuers, or the global ones."""
        return self.global_issuers if draft.issuers is None else draft.issuers

    def candidates(self) -> Iterator[Candidate]:
        """The finished policies; ConfigError if the DNS challenge is asked for and there is no provider."""
        return map(self._candidate, self.rows)

    def _candidate(self, draft: Draft) -> Candidate:
        issuers = self.issuers(draft)
        is_public = all(draft.is_public(name) and not is_tailscale(name) for name in draft.subjects)
        if not issuers and self.defaults.need_issuers and is_public:
            issuers = (AcmeIssuer(),) if self.defaults.ca else default_issuers(self.defaults.email)
        encoded = tuple(self.adaptation.emit(filled(issuer, self.defaults)) for issuer in issuers)
        policy = AutomationPolicy(
            subjects=draft.subjects,
            issuers=(INTERNAL,) if draft.is_internal else encoded,
            get_certificate=draft.managers,
            renewal_window_ratio=draft.renewal_window_ratio,
            key_type=draft.key_type,
            on_demand=draft.on_demand,
            reuse_private_keys=draft.reuse_private_keys,
            disable_ocsp_stapling=draft.disable_ocsp_stapling,
        )
        return Candidate(policy, is_implied=draft.is_internal and not issuers)


def _split(draft: Draft, site: Served) -> list[Draft]:
    """Where public and internal names stand together and no issuer is named: a second policy, for the internal ones."""
    names = [name for name in draft.subjects if not is_tailscale(name)]
    for name in names:
        if not qualifies(name):
            raise site.keys[0].word.error(f"subject does not qualify for certificate: '{name}'")
    internal = tuple(name for name in names if not draft.is_public(name))
    external = tuple(name for name in names if draft.is_public(name))
    if not (internal and external):
        return []
    draft.subjects = external
    return [replace(draft, subjects=internal, is_internal=True)]


def https_hosts(site: Served, http_port: str) -> list[str]:
    """The hosts of a site that are not for HTTP alone, without repetition."""
    addresses = (address for address in site.addresses if address.scheme != "http" and address.port != http_port)
    return list(dict.fromkeys(address.host for address in addresses if address.host))


def global_issuers(adaptation: Adaptation) -> tuple[Issuer, ...]:
    """The issuers of the global options; ConfigError if there are two kinds of them."""
    issuers = tuple(adaptation.option("cert_issuer", list) or ())
    if not adaptation.option("local_certs", bool):
        return issuers
    if issuers:
        raise ConfigError(
            "global options are ambiguous: local_certs is confusing when combined with cert_issuer, because local_certs"
            " is also a specific kind of issuer"
        )
    return (InternalIssuer(),)


def acme_defaults(adaptation: Adaptation) -> AcmeDefaults:
    """What the global options say of all ACME issuers."""
    binds: Iterable[Bind] = adaptation.option("default_bind", list) or ()
    return AcmeDefaults(
        email=adaptation.option("email", str) or "",
        ca=adaptation.option("acme_ca", str) or "",
        ca_root=adaptation.option("acme_ca_root", str) or "",
        uses_dns=adaptation.option("acme_dns", object) is not None,
        acme_dns=adaptation.option("acme_dns", msgspec.Raw),
        dns=adaptation.option("dns", msgspec.Raw),
        external_account=adaptation.option("acme_eab", ExternalAccount),
        preferred_chains=adaptation.option("preferred_chains", ChainPreference),
        certificate_lifetime=adaptation.option("cert_lifetime", int) or 0,
        http_port=adaptation.option("http_port", int),
        https_port=adaptation.option("https_port", int),
        bind_host=next((bind.addresses[0] for bind in binds), None),
        resolvers=adaptation.option("tls_resolvers", tuple) or (),
    )
