"""The `pki` app, from the option `pki`, the authorities that sites use, and `skip_install_trust`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..adapt.adaptation import Adaptation
from ..apps.pki import PkiApp
from ..handlers.acme_server import UsedCA
from ..tls.authority import DEFAULT_AUTHORITY, Authority
from .listeners import Pairing


def pki_app(paired: Iterable[Pairing], adaptation: Adaptation) -> PkiApp | None:
    """The authorities by id; None if there are none."""
    used = [use.id for pairing in paired for site in pairing.served for use in site.block.evaluated.of(UsedCA)]
    configured = adaptation.option("pki", PkiApp) or PkiApp()
    authorities = {name: Authority() for name in used} | configured.certificate_authorities
    if adaptation.option("skip_install_trust", bool):
        if not authorities and "off" not in (adaptation.option("auto_https", tuple) or ()):
            authorities = {DEFAULT_AUTHORITY: Authority()}
        authorities = {
            name: msgspec.structs.replace(authority, install_trust=False) for name, authority in authorities.items()
        }
    return PkiApp(certificate_authorities=dict(sorted(authorities.items()))) if authorities else None
