from __future__ import annotations

from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.errors import ConfigError
from pogoproxy.standard import LANGUAGE


def config(options: str, site: str = "") -> Any:
    return msgspec.json.decode(adapt(f"{{\n{options}\n}}\n{site}", "Caddyfile", LANGUAGE).text())


@pytest.mark.parametrize(
    ("option", "mistake"),
    [
        ("email", "wrong argument count or unexpected line ending after 'email'"),
        ("storage_check on", "storage_check must be 'off'"),
        ("ocsp_stapling on", "invalid argument 'on'"),
        ("renewal_window_ratio 2", "renewal_window_ratio must be between 0 and 1 (exclusive)"),
        ("renewal_window_ratio x", 'parsing renewal_window_ratio: strconv.ParseFloat: parsing "x": invalid syntax'),
        ("on_demand_tls", "expected at least one config parameter for on_demand_tls"),
        ("on_demand_tls {\ninterval 1m\n}", "the on_demand_tls 'interval' option is no longer supported"),
        ("on_demand_tls {\nask a\nask b\n}", "on-demand TLS permission module (or 'ask') already specified"),
        ("preferred_chains", "No options for preferred_chains received"),
        ("preferred_chains largest", "Invalid argument 'largest'"),
        ("storage redis", "getting module named 'caddy.storage.redis': module not registered"),
        ("storage file_system", "missing root path (to use default, omit storage config entirely)"),
        (
            "acme_dns route53",
            "getting module named 'dns.providers.route53': module not registered",
        ),
        (
            "cert_issuer nobody",
            "getting module named 'tls.issuance.nobody': module not registered",
        ),
        ("pki {\nca {\nroot {\ncolour\n}\n}\n}", "unrecognized pki ca root option 'colour'"),
        ("pki {\nca {\nrenewal_window_ratio 0\n}\n}", "renewal_window_ratio must be a number in (0, 1], got 0"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(option: str, mistake: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        config(option)
    assert wrong.value.message.partition("': ")[2].startswith(mistake)


def test_local_certificates_and_an_issuer_contradict_each_other() -> None:
    with pytest.raises(ConfigError, match="global options are ambiguous"):
        config("local_certs\ncert_issuer acme", "a.com {\n}")


def test_an_option_that_was_refused_is_not_missed_elsewhere() -> None:
    with pytest.raises(ConfigError, match="module not registered"):
        config("acme_dns\ndns mock", "a.com {\n}")


def test_an_authority_that_a_site_uses_exists() -> None:
    apps = config("debug", "a.com {\nacme_server {\nca shop\n}\n}")["apps"]
    assert apps["pki"] == {"certificate_authorities": {"shop": {}}}


def test_no_authority_is_trusted_by_the_system_where_that_is_not_wanted() -> None:
    assert config("skip_install_trust")["apps"]["pki"] == {
        "certificate_authorities": {"local": {"install_trust": False}}
    }
    assert "pki" not in config("skip_install_trust\nauto_https off", ":80 {\n}")["apps"]


def test_the_authorities_that_sign_for_sites_are_not_trusted_either() -> None:
    site = "a.com {\ntls {\nissuer internal {\nca shop\n}\n}\n}"
    assert config("skip_install_trust\nauto_https off", site)["apps"]["pki"] == {
        "certificate_authorities": {"shop": {"install_trust": False}}
    }


def test_public_names_of_encrypted_hellos_get_certificates() -> None:
    tls = config("ech outer.example.com\nkey_type p384")["apps"]["tls"]
    assert tls["encrypted_client_hello"] == {"configs": [{"public_name": "outer.example.com"}]}
    assert tls["automation"]["policies"] == [{"key_type": "p384"}]


def test_the_storage_stands_at_the_top() -> None:
    assert config("storage file_system /s")["storage"] == {"module": "file_system", "root": "/s"}
