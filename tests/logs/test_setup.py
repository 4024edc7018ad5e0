"""From a config's `logging` to logs: what is accepted is acted on, the rest is refused by name."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pogoproxy.config.root import Logging
from pogoproxy.errors import ConfigError, RuntimeFault
from pogoproxy.logs.router import Router
from pogoproxy.logs.setup import Handler, router_of


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
        ({"writer": {"output": "net", "address": "ether/x:1"}}, "parsing network address 'ether/x:1': unknown network"),
        ({"writer": {"output": "net", "address": "x:1-9"}}, "multiple ports"),
        ({"writer": {"output": "file", "filename": "x", "roll_at": ["25:00"]}}, "roll_at is a time such as 00:00"),
        ({"writer": {"output": "file", "filename": "x", "roll_minutes": [60]}}, "roll_minutes are from 0 to 59"),
        ({"writer": {"output": "file", "filename": "{env.NOBODY_SETS_THIS}"}}, "unrecognized or empty placeholder"),
        ({"writer": {"output": "file", "filename": "x", "backup_time_format": "2/1"}}, "backup_time_format must begin"),
        ({"writer": {"output": "pigeon"}}, "unknown module: caddy.logging.writers.pigeon"),
        ({"encoder": {"format": "filter", "fields": {"a": {"filter": "regexp", "regexp": "("}}}}, "regular expression"),
        ({"encoder": {"format": "filter", "fields": {"a": {"filter": "ip_mask", "ipv4_cidr": 33}}}}, "33"),
        ({"level": "LOUD"}, "unrecognized log level: LOUD"),
        ({"with_stacktrace": "LOUD"}, "unrecognized log level: LOUD"),
        ({"core": {"module": "melted"}}, "unknown module: caddy.logging.cores.melted"),
        ({"include": ["a"], "exclude": ["a"]}, "include and exclude must not intersect, but found a in both lists"),
        ({"include": ["a"], "exclude": ["b"]}, "each element must be a superspace or subspace"),
    ],
)
def test_a_mistake_is_refused_with_the_place_of_its_log(log: object, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)) as raised:
        router_of(config({"default": log}))
    assert raised.value.path == "logging.logs.default"


def entries(tmp_path: Path, log: dict[str, object], emit: Callable[[Router], None]) -> list[dict[str, Any]]:
    path = tmp_path / "entries.log"
    router = router_of(config({"default": {**log, "writer": {"output": "file", "filename": str(path)}}}))
    emit(router)
    router.close()
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_of_many_alike_entries_some_are_kept(tmp_path: Path) -> None:
    def emit(router: Router) -> None:
        for _ in range(10):
            router.logger("x").emit(20, "alike", {})
        router.logger("x").emit(20, "other", {})

    log: dict[str, object] = {"sampling": {"interval": 3_600_000_000_000, "first": 2, "thereafter": 4}}
    assert [entry["msg"] for entry in entries(tmp_path, log, emit)] == ["alike"] * 4 + ["other"]


def test_callers_and_stacks_are_those_of_the_code_that_logs(tmp_path: Path) -> None:
    def emit(router: Router) -> None:
        logger = logging.Logger("pogoproxy.x")
        logger.addHandler(Handler(router))
        logger.info("quiet")
        logger.error("loud")

    quiet, loud = entries(tmp_path, {"with_caller": True, "with_stacktrace": "ERROR"}, emit)
    assert quiet["caller"].startswith("logs/test_setup.py:")
    assert "stacktrace" not in quiet
    assert "test_setup.py" in loud["stacktrace"]


def test_a_core_and_a_format_that_wraps_another_are_understood(tmp_path: Path) -> None:
    log = {
        "core": {"module": "mock"},
        "encoder": {"format": "append", "wrap": {"format": "json", "time_key": ""}, "fields": {"a": 1}},
    }
    (entry,) = entries(tmp_path, log, lambda router: router.logger("x").emit(20, "told", {}))
    assert entry == {"level": "info", "logger": "x", "msg": "told", "a": 1}


def test_a_file_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log = {"writer": {"output": "file", "filename": str(tmp_path / "file" / "x.log")}}
    with pytest.raises(RuntimeFault, match=r"cannot open log file"):
        router_of(config({"default": log}))
