from __future__ import annotations

import msgspec
import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.tls.acme import ZEROSSL_DIRECTORY, AcmeIssuer, Challenges, PortChallenge
from pogoproxy.tls.acme_defaults import AcmeDefaults, bound, filled, implicit_issuers
from pogoproxy.tls.dns import DnsChallenge
from pogoproxy.tls.issuers import InternalIssuer, Issuer

PROVIDER = msgspec.Raw(b'{"name":"x"}')


def acme(issuer: Issuer) -> AcmeIssuer:
    assert isinstance(issuer, AcmeIssuer)
    return issuer


def test_an_email_address_brings_a_second_issuer_which_asks_for_it() -> None:
    issuers = implicit_issuers(AcmeIssuer(email="a@b"), ())
    assert [acme(issuer).ca for issuer in issuers] == ["", ZEROSSL_DIRECTORY]
    assert {acme(issuer).email for issuer in issuers} == {"a@b"}


def test_who_names_an_authority_gets_no_other() -> None:
    assert implicit_issuers(AcmeIssuer(ca="https://ca", email="a@b"), ()) == (AcmeIssuer(ca="https://ca", email="a@b"),)


def test_shortcuts_override_the_configured_issuers_setting_by_setting() -> None:
    configured = AcmeIssuer(ca="https://ca", challenges=Challenges(http=PortChallenge(disabled=True)))
    shortcuts = AcmeIssuer(challenges=Challenges(dns=DnsChallenge(ttl=1)), trusted_roots_pem_files=("r",))
    (issuer,) = implicit_issuers(shortcuts, (InternalIssuer(), configured))
    assert acme(issuer).ca == "https://ca"
    assert acme(issuer).challenges == Challenges(http=PortChallenge(disabled=True), dns=DnsChallenge(ttl=1))
    assert acme(issuer).trusted_roots_pem_files == ("r",)


def test_defaults_fill_only_what_is_left_open() -> None:
    issuer = acme(filled(AcmeIssuer(email="own"), AcmeDefaults(email="other", ca="https://ca", ca_root="r")))
    assert (issuer.email, issuer.ca, issuer.trusted_roots_pem_files) == ("own", "https://ca", ("r",))


def test_defaults_are_filled_in_once_however_often() -> None:
    defaults = AcmeDefaults(ca_root="r", http_port=8080, bind_host="10.0.0.1", certificate_lifetime=5)
    once = filled(AcmeIssuer(), defaults)
    assert filled(once, defaults) == once


def test_ports_and_interfaces_matter_only_without_the_dns_challenge() -> None:
    defaults = AcmeDefaults(http_port=8080, https_port=8443, bind_host="10.0.0.1")
    assert acme(filled(AcmeIssuer(), defaults)).challenges == Challenges(
        http=PortChallenge(alternate_port=8080), tls_alpn=PortChallenge(alternate_port=8443), bind_host="10.0.0.1"
    )
    with_dns = AcmeIssuer(challenges=Challenges(dns=DnsChallenge(provider=PROVIDER)))
    assert filled(with_dns, defaults) == with_dns


def test_acme_dns_without_a_provider_needs_the_one_of_the_option_dns() -> None:
    with pytest.raises(ConfigError, match="no provider specified with 'dns' global option"):
        filled(AcmeIssuer(), AcmeDefaults(uses_dns=True))
    assert acme(filled(AcmeIssuer(), AcmeDefaults(uses_dns=True, dns=PROVIDER))).dns == DnsChallenge()


def test_resolvers_are_for_the_dns_challenge_and_its_own_go_first() -> None:
    defaults = AcmeDefaults(uses_dns=True, acme_dns=PROVIDER, resolvers=("1.1.1.1",))
    assert acme(filled(AcmeIssuer(), defaults)).dns == DnsChallenge(provider=PROVIDER, resolvers=("1.1.1.1",))
    own = AcmeIssuer(challenges=Challenges(dns=DnsChallenge(resolvers=("9.9.9.9",))))
    assert acme(filled(own, defaults)).dns == DnsChallenge(provider=PROVIDER, resolvers=("9.9.9.9",))
    assert acme(filled(AcmeIssuer(), AcmeDefaults(resolvers=("1.1.1.1",)))).challenges is None


def test_the_first_interface_stays() -> None:
    first = bound(AcmeIssuer(), "::1")
    assert bound(first, "127.0.0.1") == first
    assert bound(InternalIssuer(), "::1") == InternalIssuer()
