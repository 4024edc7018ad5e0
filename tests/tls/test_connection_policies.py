from __future__ import annotations

import pytest

from pogoproxy.errors import ConfigError
from pogoproxy.tls.client_auth import ClientAuthentication
from pogoproxy.tls.connection import CertificateSelection, ConnectionPolicy
from pogoproxy.tls.connection_policies import consolidated, shielded

STRICT = ConnectionPolicy(client_authentication=ClientAuthentication(mode="require"), alpn=("h2",))
MODERN = ConnectionPolicy(protocol_min="tls1.3")


def test_a_host_below_anothers_wildcard_is_not_asked_for_a_certificate() -> None:
    wildcard = STRICT.for_names(["*.example.com"])
    shield, kept = shielded([wildcard], ["www.example.com", "example.org"])
    assert kept == wildcard
    assert shield.names == ("www.example.com",) and shield.client_authentication is None


def test_an_exemption_keeps_the_other_settings_of_the_wildcard() -> None:
    shield, _ = shielded([STRICT.for_names(["*.example.com"])], ["www.example.com"])
    assert shield.alpn == ("h2",)


def test_each_wildcard_exempts_only_what_it_covers() -> None:
    rows = shielded(
        [STRICT.for_names(["*.example.com"]), STRICT.for_names(["*.example.org"])], ["b.example.org", "a.example.com"]
    )
    assert [row.names for row in rows] == [
        ("a.example.com",),
        ("*.example.com",),
        ("b.example.org",),
        ("*.example.org",),
    ]


def test_a_wildcard_that_asks_for_nothing_needs_no_exemption() -> None:
    assert shielded([MODERN.for_names(["*.example.com"])], ["www.example.com"]) == [MODERN.for_names(["*.example.com"])]


def test_what_matches_all_handshakes_goes_last() -> None:
    assert consolidated([ConnectionPolicy(), MODERN.for_names(["a"])]) == (MODERN.for_names(["a"]), ConnectionPolicy())


def test_neighbours_with_the_same_settings_are_one() -> None:
    assert consolidated([MODERN.for_names(["a"]), MODERN.for_names(["b"])]) == (MODERN.for_names(["a", "b"]),)


def test_policies_apart_stay_apart_since_the_one_between_is_tried_before() -> None:
    rows = [MODERN.for_names(["a"]), STRICT.for_names(["b"]), MODERN.for_names(["c"])]
    assert consolidated(rows) == tuple(rows)


def test_settings_for_the_same_names_add_up() -> None:
    rows = [MODERN.for_names(["a"]), ConnectionPolicy(alpn=("h2",)).for_names(["a"])]
    assert consolidated(rows) == (ConnectionPolicy(protocol_min="tls1.3", alpn=("h2",)).for_names(["a"]),)


def test_certificates_for_the_same_names_add_up() -> None:
    one, two = (ConnectionPolicy(certificate_selection=CertificateSelection(any_tag=(tag,))) for tag in ("x", "y"))
    (only,) = consolidated([one, two])
    assert only.certificate_selection == CertificateSelection(any_tag=("x", "y"))


def test_a_contradiction_is_refused_with_both_values() -> None:
    rows = [ConnectionPolicy(alpn=("h2",)), ConnectionPolicy(alpn=("http/1.1", "h2"))]
    with pytest.raises(ConfigError, match=r"conflicting ALPN: \[h2\] vs\. \[http/1\.1 h2\]"):
        consolidated(rows)


def test_client_certificates_cannot_be_demanded_by_the_second_alone() -> None:
    with pytest.raises(ConfigError, match="conflicting client auth configuration"):
        consolidated([MODERN, STRICT])
