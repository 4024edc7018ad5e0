"""From a config's `logging` to logs: what is accepted is acted on, the rest is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from pogoproxy.config.root import Logging
from pogoproxy.errors import ConfigError, RuntimeFault
from pogoproxy.logs.setup import router_of


def config(logs: object) -> Logging:
    return msgspec.json.decode(msgspec.json.encode({"logs": logs}), type=Logging)


def test_a_sites_log_goes_to_its_file_alone(tmp_path: Path) -> None:
    site, default = tmp_path / "site.log", tmp_path / "default.log"
    router = router_of(
        config(
            {
                "default": {
                    "writer": {"output": "file", "filename": str(default)},
                    "exclude": ["http.log.access.log0"],
                },
                "log0": {
                    "writer": {"output": "file", "filename": str(site)},
                    "encoder": {"format": "json"},
                    "include": ["http.log.access.log0"],
                },
            }
        )
    )
    router.logger("http.log.access.log0").emit(20, "handled request", {"status": 200})
    router.logger("runtime").emit(20, "serving", {})
    router.close()
    assert [json.loads(line)["msg"] for line in site.read_text().splitlines()] == ["handled request"]
    assert [json.loads(line)["msg"] for line in default.read_text().splitlines()] == ["serving"]


@pytest.mark.parametrize(
    ("log", "message"),
    [
        ({"writer": {"output": "net", "address": "x:1"}}, "log output net is understood but not supported yet"),
        ({"encoder": {"format": "filter"}}, "log format filter is understood but not supported yet"),
        ({"encoder": {"format": "json", "time_key": "t"}}, "time_key of a log's format is understood but not"),
        ({"level": "LOUD"}, "unrecognized log level: LOUD"),
        ({"sampling": {"first": 1}}, "sampling and cores of logs are understood but not supported yet"),
        ({"writer": {"output": "file", "filename": "x", "roll_gzip": True}}, "roll_gzip"),
    ],
)
def test_what_we_cannot_do_is_refused_by_name(log: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        router_of(config({"default": log}))


def test_a_file_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = {"writer": {"output": "file", "filename": str(tmp_path / "file" / "x.log")}}
    with pytest.raises(RuntimeFault, match=r"cannot open log file"):
        router_of(config({"default": log}))
