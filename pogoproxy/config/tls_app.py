"""The `tls` app, from the sites and the global options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ..adapt.adaptation import Adaptation
from ..apps.tls import TlsApp
from ..handlers.tls import TlsSettings
from ..tls.automation import Automation
from ..tls.automation_policies import consolidated
from ..tls.certificates import Certificates
from ..tls.ech import EncryptedClientHello
from ..tls.names import qualifies_publicly
from ..tls.permission import OnDemand
from .automation import Draft, Drafts, https_hosts
from .listeners import Pairing, Ports
from .servers import uses_port_other_than
from .sites import Served


@dataclass(frozen=True)
class _Sites:
    """The sites of all servers, and those of them that may want certificates."""

    all: tuple[Served, ...]
    https: tuple[Served, ...]

    @classmethod
    def of(cls, paired: Iterable[Pairing], ports: Ports) -> _Sites:
        found: list[Served] = []
        https: list[Served] = []
        for pairing in paired:
            found += pairing.served
            if uses_port_other_than(pairing.addresses, ports.http):
                https += [site for site in pairing.served if not site.is_http_only]
        return cls(tuple(found), tuple(https))


def tls_app(paired: Iterable[Pairing], ports: Ports, adaptation: Adaptation) -> TlsApp | None:
    """The app, None if it has nothing to say; ConfigError if the sites or the options contradict each other."""
    sites = _Sites.of(paired, ports)
    unseen = _unseen_hosts(sites.all, ports, adaptation)
    certificates = _certificates(sites.https, unseen)
    app = TlsApp(
        certificates=None if certificates == Certificates() else certificates,
        automation=_automation(sites.https, unseen, ports, adaptation),
        disable_ocsp_stapling=adaptation.option("ocsp_stapling", bool) is False,
        disable_storage_check=adaptation.option("storage_check", bool) is False,
        disable_storage_clean=adaptation.option("storage_clean_interval", bool) is False,
        encrypted_client_hello=adaptation.option("ech", EncryptedClientHello),
        dns=adaptation.option("dns", msgspec.Raw) or msgspec.UNSET,
        resolvers=adaptation.option("tls_resolvers", tuple) or (),
    )
    return None if app == TlsApp() else app


def _unseen_hosts(sites: Iterable[Served], ports: Ports, adaptation: Adaptation) -> tuple[str, ...]:
    """Hosts that stand beside an address for all hosts: no route matches them, so automatic HTTPS would miss them."""
    if {"off", "disable_certs"} & set(adaptation.option("auto_https", tuple) or ()):
        return ()
    return tuple(sorted({host for site in sites if site.is_catch_all for host in https_hosts(site, ports.http)}))


def _certificates(sites: Iterable[Served], unseen: Iterable[str]) -> Certificates:
    found = [(site, settings) for site in sites for settings in site.block.evaluated.of(TlsSettings)]
    forced = {host for site, settings in found if settings.force_automate for host in site.hosts}
    return Certificates(
        automate=tuple(sorted(forced.union(unseen))),
        load_files=tuple(file for _, settings in found for file in settings.files),
        load_folders=tuple(folder for _, settings in found for folder in settings.folders),
    )


def _automation(
    sites: Iterable[Served], unseen: Iterable[str], ports: Ports, adaptation: Adaptation
) -> Automation | None:
    drafts = Drafts(adaptation, ports.http)
    for site in sites:
        drafts.add(site)
    if hello := adaptation.option("ech", EncryptedClientHello):
        draft = drafts.base()
        draft.subjects = tuple(
            configuration.public_name for configuration in hello.configs if configuration.public_name
        )
        drafts.rows.append(draft)
    if internal := tuple(host for host in unseen if not qualifies_publicly(host)):
        drafts.rows.append(Draft(subjects=internal, issuers=(), is_internal=True))
    interval = adaptation.option("storage_clean_interval", int)
    automation = Automation(
        policies=consolidated(list(drafts.candidates())),
        on_demand=adaptation.option("on_demand_tls", OnDemand),
        ocsp_interval=adaptation.option("ocsp_interval", int) or 0,
        renew_interval=adaptation.option("renew_interval", int) or 0,
        storage_clean_interval=int(interval or 0),
    )
    return None if automation == Automation() else automation
