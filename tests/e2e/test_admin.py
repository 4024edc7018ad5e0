"""The admin API of the real binary: the config as a tree, reload, stop, health and metrics."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server, eventually, free_port

pytestmark = pytest.mark.e2e

CADDYFILE = "{\n\tadmin localhost:ADMIN\n}\n:PORT {\n\trespond first\n}\n"


class Admin:
    """A client of the API."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, method: str, path: str, body: Any = None, content_type: str = "application/json", **headers: str
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("localhost", self.port, timeout=30)
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        connection.request(method, path, text, {"Content-Type": content_type, **headers})
        response = connection.getresponse()
        answer = response.status, response.read().decode()
        connection.close()
        return answer


@pytest.fixture
def admin() -> Admin:
    return Admin(free_port())


@pytest.fixture
def server(serve: Callable[..., Server], admin: Admin) -> Server:
    return serve(CADDYFILE.replace("ADMIN", str(admin.port)))


ROUTE = "/config/apps/http/servers/srv0/routes/0/handle/0/body"


def test_a_part_of_the_config_is_read_and_replaced(server: Server, admin: Admin) -> None:
    assert admin.ask("GET", ROUTE) == (200, '"first"\n')
    assert admin.ask("PATCH", ROUTE, "second") == (
        400,
        '{"error":"decoding request body: JSON is malformed: invalid character (byte 0)"}\n',
    )
    assert admin.ask("PATCH", ROUTE, '"second"') == (200, "")
    assert eventually(lambda: server.get().text == "second")


def test_a_whole_config_is_loaded_from_a_caddyfile(server: Server, admin: Admin) -> None:
    text = CADDYFILE.replace("ADMIN", str(admin.port)).replace("PORT", str(server.port)).replace("first", "loaded")
    assert admin.ask("POST", "/load", text, "text/caddyfile") == (200, "")
    # The fronts of before drain beside the new ones, and may take a last request.
    assert eventually(lambda: server.get().text == "loaded")


def test_what_cannot_run_is_refused_with_its_place_and_changes_nothing(server: Server, admin: Admin) -> None:
    status, text = admin.ask("POST", "/load", {"apps": {"http": {"nonsense": 1}}})
    assert status == 400
    assert "apps.http: Object contains unknown field `nonsense`" in json.loads(text)["error"]
    status, text = admin.ask("POST", "/load", ":80 {\n\trespnd ok\n}\n", "text/caddyfile")
    assert status == 400
    assert "Caddyfile:2" in json.loads(text)["error"]
    assert server.get().text == "first"


def test_the_api_can_move(server: Server, admin: Admin) -> None:
    moved = Admin(free_port())
    assert admin.ask("PATCH", "/config/admin/listen", f'"localhost:{moved.port}"') == (200, "")
    assert moved.ask("GET", ROUTE) == (200, '"first"\n')
    with pytest.raises(OSError, match="refused"):
        admin.ask("GET", ROUTE)


def test_an_address_in_use_is_refused_and_the_old_config_stays(server: Server, admin: Admin) -> None:
    status, text = admin.ask("PATCH", "/config/admin/listen", f'":{server.port}"')
    assert status == 500
    assert "already in use" in text
    assert admin.ask("GET", ROUTE)[0] == 200
    assert server.get().text == "first"


def test_another_host_and_another_origin_are_refused(server: Server, admin: Admin) -> None:
    assert admin.ask("GET", "/config/", Host="evil.example")[0] == 403
    assert admin.ask("POST", "/stop", Origin="http://evil.example")[0] == 403
    assert server.get().status == 200


def test_a_stale_write_is_refused(server: Server, admin: Admin) -> None:
    assert admin.ask("PATCH", ROUTE, '"x"', **{"If-Match": f'"{ROUTE} 0123"'})[0] == 412


def test_health_and_metrics_tell_of_the_processes(server: Server, admin: Admin) -> None:
    status, text = admin.ask("GET", "/pogo/health")
    assert (status, json.loads(text)["status"]) == (200, "ok")
    assert [role["role"] for role in json.loads(text)["roles"]] == ["front"]
    status, text = admin.ask("GET", "/metrics")
    assert 'pogoproxy_children_ready{role="front",generation="1"}' in text


def test_stop_ends_it_with_status_0(server: Server, admin: Admin, tmp_path: Path) -> None:
    assert admin.ask("POST", "/stop") == (200, "")
    assert eventually(lambda: server.process.poll() == 0)
