"""One storage for several servers: of ours at the same time, and after a Caddy or before one."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509

from tests.e2e.conftest import READY, eventually
from tests.e2e.pebble import Site, Start, StartPebble, child, options_of, start, start_pebble

__all__ = ["start", "start_pebble"]

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

SITE = "a.example.com {\n respond hi\n}\n"


def test_two_servers_obtain_one_certificate(start_pebble: StartPebble, start: Start):
    """The authority finds one of them alone, whichever of them orders."""
    pebble = start_pebble()
    sites = [start(pebble, SITE), start(pebble, SITE, is_found=False)]
    for site in sites:
        assert eventually(lambda site=site: site.has_certificate("a.example.com"), READY), site.server.log
    assert len({site.certificate("a.example.com") for site in sites}) == 1
    assert sum(site.server.log.count('"certificate obtained"') for site in sites) == 1


@pytest.mark.parametrize("disabled", ["http_challenge", "tlsalpn_challenge"])
def test_a_challenge_is_answered_by_another_server(start_pebble: StartPebble, start: Start, disabled: str):
    pebble = start_pebble()
    issuer = f"cert_issuer acme {{\n disable_{disabled}\n}}"
    found = start(pebble, "b.example.com {\n respond hi\n}\n", issuer)
    ordering = start(pebble, SITE, issuer, is_found=False)
    assert eventually(lambda: ordering.has_certificate("a.example.com"), READY), ordering.server.log
    assert "challenge failed" not in ordering.server.log
    assert eventually(lambda: found.has_certificate("b.example.com"), READY), found.server.log


def run_caddy(caddy: str, folder: Path, options: str, sites: str) -> list[str]:
    config = folder / "caddy.Caddyfile"
    config.write_text(f"{{\n{options}\n}}\n{sites}")
    return [caddy, "run", "--adapter", "caddyfile", "--config", str(config)]


def test_what_caddy_had_from_an_authority_is_taken_over(
    start_pebble: StartPebble, start: Start, caddy: str, tmp_path: Path
):
    pebble, email = start_pebble(), "email me@example.com"
    options = f"{options_of(pebble, tmp_path / 'data')}\n{email}"
    with child(run_caddy(caddy, tmp_path, options, SITE), tmp_path):
        caddys = Site(None, pebble.https)  # type: ignore[arg-type]
        assert eventually(lambda: caddys.has_certificate("a.example.com"), READY), (tmp_path / "log").read_text()
        before = caddys.certificate("a.example.com")
    site = start(pebble, SITE + "b.example.com {\n respond hi\n}\n", email)
    assert eventually(lambda: site.has_certificate("b.example.com"), READY), site.server.log
    assert site.certificate("a.example.com") == before
    assert site.server.log.count('"certificate obtained"') == 1
    assert "account registered" not in site.server.log


def test_what_we_had_is_taken_over_by_caddy(start_pebble: StartPebble, start: Start, caddy: str, tmp_path: Path):
    pebble, email = start_pebble(), "email me@example.com"
    site = start(pebble, SITE, email)
    assert eventually(lambda: site.has_certificate("a.example.com"), READY), site.server.log
    before = site.certificate("a.example.com")
    site.server.stop()
    accounts = sorted(path.read_bytes() for path in (tmp_path / "data" / "acme").rglob("*.key"))
    options = f"{options_of(pebble, tmp_path / 'data')}\n{email}"
    with child(run_caddy(caddy, tmp_path, options, SITE + "b.example.com {\n respond hi\n}\n"), tmp_path):
        assert eventually(lambda: site.has_certificate("b.example.com"), READY), (tmp_path / "log").read_text()
        assert site.certificate("a.example.com") == before
        issued = x509.load_pem_x509_certificate(site.certificate("b.example.com").encode())
    assert "Pebble" in issued.issuer.rfc4514_string()
    assert sorted(path.read_bytes() for path in (tmp_path / "data" / "acme").rglob("*.key")) == accounts
