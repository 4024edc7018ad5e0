"""The example in examples/fanout, on the real binary."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Server, running

SHOP = Path(__file__).parents[2] / "examples" / "fanout"

pytestmark = pytest.mark.e2e


def files(folder: Path) -> tuple[Path, str]:
    """The shop in a folder of its own, on a port of its own."""
    shutil.copytree(SHOP / "shop", folder / "shop")
    caddyfile = (SHOP / "Caddyfile").read_text()
    return folder, caddyfile.replace(":8080", ":PORT").replace("{\n\tpogo", "{\n\tadmin off\n\tpogo")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(*files(tmp_path_factory.mktemp("shop"))) as server:
        yield server


@pytest.mark.parametrize(("path", "interface"), [("/", "asgi"), ("/wsgi", "wsgi")])
def test_the_jobs_of_a_request_run_at_once(shop: Server, path: str, interface: str) -> None:
    report = shop.get(path).json()
    assert report["interface"] == interface
    assert [job["job"] for job in report["jobs"]] == ["FetchPrice", "FetchStock", "CalculateTax"]
    assert [job["pool"] for job in report["jobs"]] == ["external_api", "external_api", "cpu"]
    # The two that wait 250 ms each overlap, however busy the machine is.
    assert report["elapsed_ms"] <= report["one_by_one_ms"] - 200


def test_each_job_runs_in_a_process_of_its_pool(shop: Server) -> None:
    report = shop.get().json()
    price, stock, tax = (job["pid"] for job in report["jobs"])
    assert len({os.getpid(), shop.process.pid, report["pid"], price, stock, tax}) == 6
    assert {report["pid"], price, stock, tax} <= set(shop.processes())


@pytest.mark.parametrize("path", ["/", "/waterfall", "/wsgi", "/wsgi/waterfall"])
def test_a_browser_gets_the_waterfall(shop: Server, path: str) -> None:
    answer = shop.get(path, {"Accept": "text/html,*/*;q=0.8"})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")


def test_it_stops_with_status_0_and_leaves_nothing(tmp_path: Path) -> None:
    with running(*files(tmp_path)) as shop:
        processes = shop.processes()
        assert len(processes) > 5
        assert shop.stop() == 0
        assert not [pid for pid in processes if Path(f"/proc/{pid}").exists()]
