"""Access logs and the default log of the real binary."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server, eventually

pytestmark = pytest.mark.e2e


def entries(text: str, logger: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    return [entry for entry in found if entry["logger"].startswith(logger)]


def test_each_request_is_logged_with_caddys_fields_and_without_secrets(serve: Callable[..., Server]) -> None:
    server = serve("{\n\tadmin off\n}\n:PORT {\n\tlog\n\trespond /teapot short 418\n}\n")
    server.get("/teapot?x=1", {"Authorization": "Basic c2VjcmV0", "user-agent": "test"})

    def found() -> list[dict[str, Any]]:
        return [e for e in entries(server.log, "http.log.access") if e["status"] == 418]

    assert eventually(lambda: len(found()) == 1)
    (entry,) = found()
    assert (entry["msg"], entry["level"], entry["size"]) == ("handled request", "info", 5)
    request = entry["request"]
    assert (request["method"], request["uri"], request["proto"]) == ("GET", "/teapot?x=1", "HTTP/1.1")
    assert request["client_ip"] == "127.0.0.1"
    assert request["headers"]["User-Agent"] == ["test"]
    assert request["headers"]["Authorization"] == ["REDACTED"]
    assert "c2VjcmV0" not in server.log
    assert entry["resp_headers"]["Server"] == ["pogoproxy"]


def test_without_the_directive_no_request_is_logged(serve: Callable[..., Server]) -> None:
    server = serve("{\n\tadmin off\n}\n:PORT {\n\trespond ok\n}\n")
    assert server.get().status == 200
    assert server.stop() == 0
    assert entries(server.log, "http.log.access") == []


def test_a_sites_log_goes_to_its_file_alone(serve: Callable[..., Server], tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    server = serve(f"{{\n\tadmin off\n}}\n:PORT {{\n\tlog {{\n\t\toutput file {path}\n\t}}\n\trespond ok\n}}\n")
    server.get("/found")
    assert eventually(lambda: path.exists() and "/found" in path.read_text())
    assert "/found" not in server.log
