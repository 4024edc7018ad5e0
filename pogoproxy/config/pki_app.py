"""The `pki` app, from the option `pki`, the authorities that sites use, and `skip_install_trust`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..adapt.adaptation import Adaptation
from ..apps.pki import PkiApp
from ..handlers.acme_server import UsedCA
from ..handlers.tls import TlsSettings
from ..tls.authority import DEFAULT_AUTHORITY, Authority
from ..tls.issuers import InternalIssuer
from .listeners import Pairing
from .sites import Served


def pki_app(paired: Iterable[Pairing], adaptation: Adaptation) -> PkiApp | None:
    """The authorities by id; None if there are none."""
    sites = [site for pairing in paired for site in pairing.served]
    used = {use.id: Authority() for site in sites for use in site.block.evaluated.of(UsedCA)}
    configured = adaptation.option("pki", PkiApp) or PkiApp()
    authorities = used | configured.certificate_authorities
    if adaptation.option("skip_install_trust", bool):
        is_automatic = "off" not in (adaptation.option("auto_https", tuple) or ())
        if is_automatic and not authorities:
            authorities = {DEFAULT_AUTHORITY: Authority()}
        authorities = {name: Authority() for name in _issuing(sites)} | authorities
        authorities = {name: _untrusted(authority) for name, authority in authorities.items()}
    return PkiApp(certificate_authorities=dict(sorted(authorities.items()))) if authorities else None


def _issuing(sites: Iterable[Served]) -> Iterable[str]:
    """The authorities that sign for sites. One that is not written down would come about by itself, and be trusted."""
    issuers = (
        issuer for site in sites for settings in site.block.evaluated.of(TlsSettings) for issuer in settings.issuers
    )
    return (issuer.ca or DEFAULT_AUTHORITY for issuer in issuers if isinstance(issuer, InternalIssuer))


def _untrusted(authority: Authority) -> Authority:
    return msgspec.structs.replace(authority, install_trust=False)
