from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from pogoproxy.config.adapt import adapt
from pogoproxy.config.automatic_https import Expanded, expanded
from pogoproxy.config.load import load
from pogoproxy.config.redirects import SERVER
from pogoproxy.standard import LANGUAGE


def run(caddyfile: str) -> Expanded:
    return expanded(load(adapt(caddyfile, "Caddyfile", LANGUAGE).text()))


def servers(found: Expanded) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(found.config.http.servers))


def issuers(found: Expanded) -> dict[str, str]:
    """Who issues for each subject of a policy."""
    tls = found.config.apps.tls
    assert tls is not None
    assert tls.automation is not None
    return {
        subject: msgspec.json.decode(policy.issuers[0])["module"]
        for policy in tls.automation.policies
        for subject in policy.subjects
        if policy.issuers
    }


def test_a_name_means_a_certificate_tls_and_a_redirect():
    found = run("example.com {\n respond hi\n}")
    assert found.names == ("example.com",)
    assert servers(found)["srv0"]["tls_connection_policies"] == [{}]
    redirect = servers(found)[SERVER]
    assert redirect["listen"] == [":80"]
    assert redirect["routes"][0]["match"] == [{"protocol": "http", "host": ["example.com"]}]
    assert redirect["routes"][0]["handle"][0]["headers"] == {
        "Location": ["https://{http.request.host}{http.request.uri}"]
    }


def test_internal_names_are_left_to_the_own_authority():
    found = run("localhost, shop.internal, example.com, 10.0.0.1 {\n respond hi\n}")
    assert sorted(found.names) == ["10.0.0.1", "example.com", "localhost", "shop.internal"]
    assert issuers(found).keys() == {"10.0.0.1", "localhost", "shop.internal"}
    assert set(issuers(found).values()) == {"internal"}


@pytest.mark.parametrize("address", ["http://example.com", ":8080", "http://", ":80"])
def test_plain_http_stays_plain(address: str):
    found = run(f"{address} {{\n respond hi\n}}")
    assert found.names == ()
    assert list(servers(found)) == ["srv0"]
    assert "tls_connection_policies" not in servers(found)["srv0"]


def test_the_https_port_alone_means_tls():
    assert servers(run(":443 {\n respond hi\n}"))["srv0"]["tls_connection_policies"] == [{}]


def test_another_port_is_named_in_the_redirect():
    found = run("example.com:8443 {\n respond hi\n}")
    location = servers(found)[SERVER]["routes"][0]["handle"][0]["headers"]["Location"]
    assert location == ["https://{http.request.host}:8443{http.request.uri}"]


@pytest.mark.parametrize(
    ("option", "has_names", "has_redirects", "has_tls"),
    [
        ("off", False, False, True),
        ("disable_redirects", True, False, True),
        ("disable_certs", False, True, True),
        ("ignore_loaded_certs", True, True, True),
    ],
)
def test_it_can_be_switched_off_in_parts(option: str, has_names: bool, has_redirects: bool, has_tls: bool):
    found = run(f"{{\n auto_https {option}\n}}\nexample.com {{\n respond hi\n}}")
    automated = found.config.apps.tls.certificates.automate if option == "ignore_loaded_certs" else found.names
    assert bool(automated) is has_names
    assert (SERVER in servers(found)) is has_redirects
    assert bool(servers(found)["srv0"].get("tls_connection_policies")) is has_tls


def test_redirects_stand_behind_the_routes_that_name_hosts():
    found = run("example.com {\n respond hi\n}\nhttp://other.com {\n respond other\n}\nhttp:// {\n respond all\n}")
    (plain,) = (server for server in servers(found).values() if server["listen"] == [":80"])
    kinds = [route.get("match", [{}])[0].get("host") for route in plain["routes"]]
    assert kinds == [["other.com"], ["example.com"], None, None]
    assert SERVER not in servers(found)


def test_a_bound_address_is_redirected_from_there():
    found = run("example.com {\n bind 127.0.0.1\n respond hi\n}")
    assert servers(found)[SERVER]["listen"] == ["127.0.0.1:80"]


def test_configured_issuers_stay():
    found = run("shop.internal {\n tls {\n issuer acme http://127.0.0.1/dir\n }\n respond hi\n}")
    assert issuers(found) == {"shop.internal": "acme"}


def test_what_is_expanded_twice_is_the_same():
    once = run("example.com, localhost {\n respond hi\n}").config
    assert expanded(once).config.http.servers["srv0"] == once.http.servers["srv0"]
