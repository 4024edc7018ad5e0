"""Certificates by ACME from Caddy's `acme_server`, which asks on the ports 80 and 443; so there is a network for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.e2e.conftest import READY, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.peer]

CADDY = """{
	admin off
	http_port 8080
	https_port 8443
	skip_install_trust
	auto_https disable_redirects
	storage file_system FOLDER/authority
}
https://localhost:8443 {
	tls internal
	acme_server
}
"""

OURS = """{
	admin off
	fronts 1
	storage file_system FOLDER/data
	acme_ca https://localhost:8443/acme/local/directory
	acme_ca_root ROOT
}
https://localhost, https://127.0.0.1 {
	tls {
		issuer acme {
			disable_DISABLED
		}
	}
	respond hi
}
"""

BOTH = """ip link set lo up
CADDY run --adapter caddyfile --config FOLDER/caddy &
until curl -sfo /dev/null --cacert ROOT https://localhost:8443/; do sleep 0.1; done
PYTHON -m pogoproxy run FOLDER/ours
"""


@pytest.mark.parametrize("disabled", ["http_challenge", "tlsalpn_challenge"])
def test_a_name_and_an_address_are_proved(peer: Callable[[str], str], caddy: str, tmp_path: Path, disabled: str):
    alone = [peer("unshare"), "--map-root-user", "--net", "--pid", "--mount-proc", "--fork", "--kill-child"]
    if subprocess.run([*alone, "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        missing("a network of its own")
    root = f"{tmp_path}/authority/pki/authorities/local/root.crt"
    words = {"ROOT": root, "FOLDER": str(tmp_path), "DISABLED": disabled, "CADDY": caddy, "PYTHON": sys.executable}
    (tmp_path / "caddy").write_text(filled(CADDY, words))
    (tmp_path / "ours").write_text(filled(OURS, words))
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*alone, "sh", "-c", filled(BOTH, words)], cwd=tmp_path, stdout=log, stderr=log)
    try:
        got = tmp_path / "data" / "certificates" / "localhost-8443-acme-local-directory"
        for name in ("localhost", "127.0.0.1"):
            assert eventually((got / name / f"{name}.json").exists, 2 * READY), (tmp_path / "log").read_text()
    finally:
        process.kill()
        process.wait(10)
    assert "challenge failed" not in (tmp_path / "log").read_text()


def filled(text: str, words: dict[str, str]) -> str:
    for word, stands_for in words.items():
        text = text.replace(word, stands_for)
    return text
