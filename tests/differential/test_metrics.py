"""Figures beside Caddy's: the same names, labels and buckets for the same requests."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, eventually, free_port

pytestmark = [pytest.mark.peer, pytest.mark.e2e]

CONFIG = """
{
	FRONTS
	admin off
	persist_config off
	auto_https off
	METRICS
}
http://localhost:PORT {
	handle /figures {
		metrics
	}
	handle /created {
		respond "made" 201
	}
	handle /fails {
		error "out of order" 503
	}
	handle {
		respond "hello"
	}
}
"""

TARGETS = ("/", "/created", "/created?with=query", "/fails", "/elsewhere")
METHODS = ("GET", "POST", "HEAD", "PURGE")

_VARYING = re.compile(
    r"^caddy_http_(requests_in_flight|\w+_duration_seconds_(bucket|sum)|response_size_bytes_.*method=\"HEAD\")"
)


def figures(server: Server) -> set[str]:
    """All samples of requests, but for times, and for bodies of answers to HEAD, which Caddy counts unsent."""
    for method in METHODS:
        for target in TARGETS:
            server.request(method, target, {"Host": f"localhost:{server.port}", "X-Some": "field"})
    server.request("GET", "/", {"Host": f"elsewhere:{server.port}"})
    text = server.get("/figures", {"Host": f"localhost:{server.port}"}).text
    lines = (line for line in text.splitlines() if line.startswith("caddy_http_"))
    return {line.replace(str(server.port), "PORT") for line in lines if not _VARYING.match(line)}


class Caddy(Server):
    """Caddy in the place of our binary."""

    def __init__(self, folder: Path, program: str, text: str) -> None:
        self.port = free_port()
        self._log = folder / "caddy.log"
        config = folder / "Caddyfile.caddy"
        config.write_text(text.replace("PORT", str(self.port)).replace("FRONTS", ""))
        command = [program, "run", "--adapter", "caddyfile", "--config", str(config)]
        with self._log.open("wb") as log:
            environment = {**os.environ, "HOME": str(folder)}
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)


@pytest.mark.parametrize("option", ["metrics", "metrics {\n\t\tper_host\n\t}", "servers {\n\t\tmetrics\n\t}"])
def test_requests_are_counted_as_caddy_counts_them(caddy: str, tmp_path: Path, option: str) -> None:
    text = CONFIG.replace("METRICS", option)
    theirs, ours = Caddy(tmp_path, caddy, text), Server(tmp_path, text.replace("FRONTS", "fronts 2"))
    try:
        assert eventually(lambda: "server running" in theirs.log, 30), theirs.log
        assert eventually(lambda: "serving http" in ours.log, 30), ours.log
        wanted = figures(theirs)
        assert wanted
        assert figures(ours) == wanted
    finally:
        for server in (theirs, ours):
            server.stop()
