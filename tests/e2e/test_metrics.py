"""The figures of several fronts as one, from the handler and from the admin API, whatever happens to fronts."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, eventually

pytestmark = pytest.mark.e2e

SITE = """
{
	admin unix/FOLDER/admin.sock
	fronts 2
	metrics
}
:PORT {
	handle /figures {
		metrics
	}
	handle /fails {
		error 500
	}
	handle {
		respond "hello"
	}
}
"""


def requests(text: str) -> int:
    """All requests but those for the figures."""
    found = re.findall(r'requests_total\{handler="subroute",server="srv0"\} (\d+)', text)
    return sum(map(int, found))


def test_no_counter_falls_when_fronts_die_or_a_configuration_is_replaced(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(SITE.replace("FOLDER", str(tmp_path)))
    for _ in range(40):
        assert server.get().status == 200
    server.get("/fails")
    answer = server.get("/figures")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    # One more asked whether the server is ready.
    before = requests(answer.text)
    assert before == 42
    assert 'caddy_http_request_errors_total{handler="subroute",server="srv0"} 1\n' in answer.text
    assert 'pogoproxy_children_ready{role="front",generation="1"} 2' in answer.text

    fronts = server.processes("pogoproxy.front")
    os.kill(fronts[0], signal.SIGKILL)
    assert eventually(lambda: set(server.processes("pogoproxy.front")) != set(fronts) and server.get().status == 200)
    assert requests(server.get("/figures").text) >= before

    os.kill(server.process.pid, signal.SIGUSR1)
    assert eventually(lambda: "reloaded" in server.log, 20)
    assert eventually(lambda: 'role="front",generation="1"' not in server.get("/figures").text, 20)
    assert requests(server.get("/figures").text) > before + 1


def test_openmetrics_are_for_who_asks_for_them(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(SITE.replace("FOLDER", str(tmp_path)))
    answer = server.get("/figures", {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith("# EOF\n")


def test_a_full_disk_takes_lines_and_no_requests_time(serve: Callable[..., Server], tmp_path: Path) -> None:
    site = SITE.replace("FOLDER", str(tmp_path)).replace(
        "\thandle /fails", "\tlog {\n\t\toutput file /dev/full\n\t}\n\thandle /fails"
    )
    server = serve(site)
    for _ in range(20):
        assert server.get(timeout=5).status == 200

    def dropped() -> int:
        found = re.search(r'pogoproxy_log_lines_dropped_total\{log="log0"\} (\d+)', server.get("/figures").text)
        return int(found[1]) if found else 0

    assert eventually(lambda: dropped() >= 20)


def test_the_admin_api_has_the_same_figures(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve(SITE.replace("FOLDER", str(tmp_path)))
    for _ in range(5):
        server.get()
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(str(tmp_path / "admin.sock"))
        made.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        text = b"".join(iter(lambda: made.recv(65536), b"")).decode()
    assert requests(text) == 6
    assert 'pogoproxy_children_ready{role="front",generation="1"} 2' in text
