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


def test_a_line_tells_of_the_request_s_jobs_and_the_client_is_not_told(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    (tmp_path / "tasks.py").write_text("class Echo:\n    def handle(self, args):\n        return args\n")
    (tmp_path / "shop.py").write_text(
        "from pogoproxy import spawn, wait_all\n"
        "async def application(scope, receive, send):\n"
        '    assert scope["type"] == "http"\n'
        '    if scope["path"] == "/fan":\n'
        '        await wait_all([spawn("Echo", n) for n in range(3)])\n'
        '    await send({"type": "http.response.start", "status": 200, "headers": []})\n'
        '    await send({"type": "http.response.body", "body": b"ok"})\n'
    )
    server = serve(
        "{\n\tadmin off\n\tpogo {\n\t\tworker tasks\n\t\tnum_threads 2\n\t}\n}\n"
        ":PORT {\n\tlog\n\tapp shop:application {\n\t\tworkers 1\n\t}\n}\n"
    )
    answer = server.get("/fan")
    assert "pogo-jobs" not in {name.lower() for name in answer.headers}
    server.get("/none")

    def lines() -> dict[str, dict[str, Any]]:
        return {entry["request"]["uri"]: entry for entry in entries(server.log, "http.log.access")}

    assert eventually(lambda: {"/fan", "/none"} <= lines().keys())
    fan = lines()["/fan"]
    assert (fan["jobs"], fan["slowest_job"]) == (3, "Echo")
    assert fan["jobs_waited"] >= 0
    assert 0 <= fan["slowest_job_duration"] <= fan["duration"]
    assert "jobs" not in lines()["/none"]


@pytest.mark.usefixtures("php")
def test_a_line_tells_of_the_jobs_of_a_page_in_php(serve: Callable[..., Server], tmp_path: Path) -> None:
    (tmp_path / "tasks.py").write_text("class Double:\n    def handle(self, args):\n        return 2 * args['n']\n")
    (tmp_path / "public").mkdir()
    spawn = "$task = pogo_spawn('tasks:Double', ['n' => 21])"
    pages = {
        "whole": f"{spawn}; echo pogo_await($task, 30);",
        "early": f"{spawn}; echo 'head'; @ob_end_flush(); flush(); echo pogo_await($task, 30);",
        "none": "echo 'no job';",
    }
    for name, code in pages.items():
        (tmp_path / "public" / f"{name}.php").write_text(f"<?php {code}")
    server = serve(
        "{\n\tadmin off\n\tpogo {\n\t\tworker tasks\n\t\tnum_threads 2\n\t}\n}\n"
        ":PORT {\n\tlog\n\troot * public\n\tphp_server\n}\n"
    )
    for name in pages:
        assert "pogo-jobs" not in {field.lower() for field in server.get(f"/{name}.php", timeout=40).headers}

    def lines() -> dict[str, dict[str, Any]]:
        return {entry["request"]["uri"]: entry for entry in entries(server.log, "http.log.access")}

    assert eventually(lambda: {f"/{name}.php" for name in pages} <= lines().keys())
    whole = lines()["/whole.php"]
    assert (whole["jobs"], whole["slowest_job"]) == (1, "tasks:Double")
    assert whole["jobs_waited"] >= 0
    assert 0 < whole["slowest_job_duration"] <= whole["duration"]
    early = lines()["/early.php"]
    assert early["jobs"] == 1
    assert "slowest_job" not in early, "it was not known when the answer began"
    assert "jobs" not in lines()["/none.php"]
