"""Upstreams that fail, as real processes: what the client gets, what the log says, and what is counted."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, eventually, free_port, running

pytestmark = pytest.mark.e2e

SITE = """
{
	admin localhost:ADMIN
	fronts 1
}
:PORT {
	log
	handle /nobody {
		reverse_proxy 127.0.0.1:NOBODY
	}
	handle /nowhere {
		reverse_proxy nowhere.invalid:80
	}
	handle {
		reverse_proxy 127.0.0.1:UPSTREAM {
			transport http {
				response_header_timeout 1s
				read_timeout 1s
			}
		}
	}
}
"""


class Upstream:
    """The faulty one, which can be killed and started again."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        script = Path(__file__).with_name("faulty_upstream.py")
        self.process = subprocess.Popen([sys.executable, script, str(self.port)], stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def kill(self) -> None:
        if self.process is not None and self.process.stdout is not None:
            self.process.kill()
            self.process.wait(10)
            self.process.stdout.close()
            self.process = None


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    made = Upstream()
    made.start()
    yield made
    made.kill()


class Site:
    """A server in front of the upstream, and its figures."""

    def __init__(self, server: Server, admin: int) -> None:
        self.server = server
        self._admin = admin

    def figures(self, path: str = "/metrics") -> str:
        connection = http.client.HTTPConnection("localhost", self._admin, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read().decode()

    def failures(self, kind: str) -> int:
        """How many requests upstreams have failed so."""
        found = re.findall(r'pogoproxy_upstream_failures_total\{upstream="[^"]*",kind="(\w+)"\} (\d+)', self.figures())
        return sum(int(count) for counted, count in found if counted == kind)


@pytest.fixture(scope="module")
def site(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    admin = free_port()
    text = SITE.replace("ADMIN", str(admin)).replace("UPSTREAM", str(upstream.port))
    text = text.replace("NOBODY", str(free_port()))
    with running(tmp_path_factory.mktemp("faults"), text) as server:
        yield Site(server, admin)


@pytest.mark.parametrize(
    ("path", "status", "kind", "line"),
    [
        ("/hang", {504}, "timeout", "upstream sent nothing for 1 s"),
        ("/garbage", {502}, "broken", "upstream answered what is not HTTP"),
        ("/closes", {502}, "broken", "upstream closed the connection before it answered"),
        ("/resets", {502}, "broken", "upstream reset the connection before it answered"),
        ("/nobody", {502}, "dial", "onnection refused"),
        ("/nowhere", {502, 504}, "dial", "nowhere.invalid:80: "),
    ],
)
def test_a_failure_has_its_status_its_line_and_its_count(
    site: Site, path: str, status: set[int], kind: str, line: str
) -> None:
    before = site.failures(kind)
    answered = site.server.get(path, timeout=30).status
    assert answered in status
    for written in (f'"upstream failed".*"kind":"{kind}".*{line}', f'"uri":"{path}".*"status":{answered}'):
        assert eventually(lambda written=written: re.search(written, site.server.log) is not None), site.server.log
    assert site.failures(kind) == before + 1
    assert site.server.get().text == "ok"


@pytest.mark.parametrize(("path", "kind"), [("/stalls", "timeout"), ("/half", "broken")])
def test_an_answer_that_breaks_off_never_looks_whole(site: Site, upstream: Upstream, path: str, kind: str) -> None:
    before = site.failures(kind)
    connection = http.client.HTTPConnection("127.0.0.1", site.server.port, timeout=30)
    with contextlib.closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        assert response.status == 200
        assert response.read(500) == b"x" * 500
        if path == "/half":
            upstream.kill()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
    if path == "/half":
        upstream.start()
    assert eventually(lambda: site.failures(kind) == before + 1)
    assert eventually(lambda: site.server.get().text == "ok")


def test_a_slow_answer_is_an_answer(site: Site) -> None:
    assert site.server.get("/slow").text == "slow"


def test_the_admin_api_knows_the_upstreams(site: Site, upstream: Upstream) -> None:
    found = {one["address"]: one for one in json.loads(site.figures("/reverse_proxy/upstreams"))}
    address = f"127.0.0.1:{upstream.port}"
    assert found[address] == {"address": address, "num_requests": 0, "fails": 0}


HEALTH = """
{
	admin localhost:ADMIN
	fronts 1
}
:PORT {
	reverse_proxy 127.0.0.1:UPSTREAM {
		health_uri /health
		health_interval 500ms
	}
}
"""


def test_all_down_is_503_at_once_and_all_is_well_within_an_interval(tmp_path: Path) -> None:
    upstream, admin = Upstream(), free_port()
    upstream.start()
    try:
        text = HEALTH.replace("ADMIN", str(admin)).replace("UPSTREAM", str(upstream.port))
        with running(tmp_path, text) as server:
            site = Site(server, admin)
            assert server.get().text == "ok"
            upstream.kill()
            assert eventually(lambda: "upstream is down" in server.log)
            began = time.monotonic()
            assert server.get().status == 503
            assert time.monotonic() - began < 5
            assert eventually(lambda: '"no upstream","host":' in server.log)
            assert f'upstreams_healthy{{upstream="127.0.0.1:{upstream.port}"}} 0' in site.figures()
            upstream.start()
            began = time.monotonic()
            assert eventually(lambda: server.get().text == "ok", 30)
            assert time.monotonic() - began < 10
            assert eventually(lambda: "upstream is up again" in server.log)
    finally:
        upstream.kill()


class Load:
    """Clients that ask one request after the other, each on a connection of its own, until they are told to stop."""

    def __init__(self, server: Server, clients: int) -> None:
        self.statuses: list[int] = []
        self.lost = 0
        self._server = server
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), "a request hangs"

    def _ask(self) -> None:
        while not self._is_over.is_set():
            try:
                self.statuses.append(self._server.get(timeout=30).status)
            except (OSError, http.client.HTTPException):
                self.lost += 1


def test_a_front_that_is_killed_under_load_costs_what_it_held_and_no_more(upstream: Upstream, tmp_path: Path) -> None:
    admin = free_port()
    text = SITE.replace("ADMIN", str(admin)).replace("UPSTREAM", str(upstream.port)).replace("fronts 1", "fronts 2")
    with running(tmp_path, text.replace("NOBODY", "1")) as server:
        with Load(server, clients=8) as load:
            assert eventually(lambda: len(load.statuses) > 50, 30)
            fronts = server.processes("pogoproxy.front")
            subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(fronts[0])], check=True)
            assert eventually(lambda: len(set(server.processes("pogoproxy.front")) - set(fronts)) == 1, 30)
            answered = len(load.statuses)
            assert eventually(lambda: len(load.statuses) > answered + 50, 30)
        assert set(load.statuses) == {200}
        assert load.lost <= 8
        assert re.search(r'child_exits_total\{role="front",.*\} 1\n', Site(server, admin).figures())
