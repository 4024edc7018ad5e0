"""Options for certificates: who issues them, how names are proved, how they are kept.

acme_ca, acme_ca_root, acme_dns, acme_eab, cert_issuer, cert_lifetime, default_sni, dns, ech, email, fallback_sni,
key_type, local_certs, ocsp_interval, ocsp_stapling, on_demand_tls, preferred_chains, renew_interval,
renewal_window_ratio, skip_install_trust, storage, storage_check, storage_clean_interval, tls_resolvers
"""

from __future__ import annotations

import msgspec

from ...adapt.adaptation import Adaptation
from ...adapt.directive import Option
from ...adapt.emit import plain
from ...caddyfile.cursor import Cursor
from ...caddyfile.syntax import duration, read_block, rows, text, texts
from ...handlers.tls import ratio
from ...tls.acme import ExternalAccount, read_chains
from ...tls.dns import named_provider
from ...tls.ech import EchConfiguration, EchPublication, EncryptedClientHello
from ...tls.issuers import Issuer
from ...tls.permission import OnDemand, read_on_demand
from ...tls.storage import Storage
from .values import switch, time, value

OFF = "off"


def _acme_dns(cursor: Cursor, adaptation: Adaptation) -> msgspec.Raw | msgspec.UnsetType:
    return named_provider(cursor, adaptation) if cursor.remaining else msgspec.UNSET


def _acme_eab(cursor: Cursor) -> ExternalAccount:
    cursor.finish()
    return ExternalAccount(**read_block(cursor, rows(key_id=text, mac_key=text), unknown="unrecognized parameter '{}'"))


def _cert_issuer(cursor: Cursor, adaptation: Adaptation) -> Issuer:
    found = adaptation.guest(Issuer, cursor)
    assert isinstance(found, Issuer)
    return found


def _storage(cursor: Cursor, adaptation: Adaptation) -> msgspec.Raw:
    return adaptation.emit(adaptation.guest(Storage, cursor))


def _on_demand(cursor: Cursor, adaptation: Adaptation) -> OnDemand:
    return read_on_demand(cursor, adaptation)


def _ocsp_stapling(cursor: Cursor) -> bool:
    if cursor.text() != OFF:
        raise cursor.error(f"invalid argument '{cursor.current.text}'")
    return False


def _storage_check(cursor: Cursor) -> bool:
    if cursor.text() != OFF:
        raise cursor.error("storage_check must be 'off'")
    return False


def _clean_interval(cursor: Cursor) -> int | bool:
    word = cursor.peek()
    if word is not None and word.text == OFF:
        cursor.word()
        return False
    return duration(cursor)


def _ech(cursor: Cursor, adaptation: Adaptation) -> EncryptedClientHello:
    names = cursor.texts(least=1)
    publications = []
    for line in cursor.block():
        if line.name != "dns":
            raise line.error(f"ech: unrecognized subdirective '{line.name}'")
        publisher = plain({"provider": named_provider(line, adaptation)})
        publications.append(EchPublication(configs=names, publishers={"dns": publisher}))
    return EncryptedClientHello(
        configs=tuple(EchConfiguration(public_name=name) for name in names), publication=tuple(publications)
    )


OPTIONS = (
    value("acme_ca", text),
    value("acme_ca_root", text),
    Option("acme_dns", _acme_dns),
    value("acme_eab", _acme_eab),
    Option("cert_issuer", _cert_issuer, gathers=True),
    time("cert_lifetime"),
    value("default_sni", text),
    Option("dns", named_provider),
    Option("ech", _ech),
    value("email", text),
    value("fallback_sni", text),
    value("key_type", text),
    switch("local_certs"),
    time("ocsp_interval"),
    value("ocsp_stapling", _ocsp_stapling),
    Option("on_demand_tls", _on_demand),
    value("preferred_chains", read_chains),
    time("renew_interval"),
    value("renewal_window_ratio", ratio),
    switch("skip_install_trust"),
    Option("storage", _storage),
    value("storage_check", _storage_check),
    value("storage_clean_interval", _clean_interval),
    value("tls_resolvers", texts),
)
