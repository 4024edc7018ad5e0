"""`pogoproxy pools`: what the admin API says, as a table."""

from __future__ import annotations

import pytest

from pogoproxy.admin.health import pools
from pogoproxy.broker.core import Core
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.worker import Worker
from pogoproxy.cli import main
from pogoproxy.cli.pools import table
from pogoproxy.jobs.wire import Outcome, Spawn, pack_job
from pogoproxy.supervisor.children import Children


def test_the_table_shows_gauges_times_and_outcomes() -> None:
    core = Core([PoolPlan(name=name, slots=2, secret="s") for name in ("default", "cpu")])
    core.open_caller(1)
    core.join(Worker(2, 20, "default", "s"), 0.0)
    for n in range(1, 4):
        core.spawn(1, (1 << 32) + n, Spawn("default", pack_job(b"{}")), 0.0)
    core.done(2, (1 << 32) + 1, Outcome.DONE, b"{}", 0.2)
    heading, default, cpu = table(pools(Children(), core.stats())).splitlines()
    headings = "pool slots busy queue wait p50 p99 run p50 p99 done error cancelled timeout rejected lost restarts"
    assert " ".join(heading.split()) == headings
    assert " ".join(default.split()) == "default 2 1 1 1ms 250ms 250ms 250ms 1 0 0 0 0 0 0"
    assert " ".join(cpu.split()) == "cpu 2 0 0 0ms 0ms 0ms 0ms 0 0 0 0 0 0 0"
    assert len(heading) == len(default) == len(cpu)


def test_a_server_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pools", "--address", "127.0.0.1:1"]) == 1
    assert capsys.readouterr().err == "Error: no server answers at 127.0.0.1:1: Connection refused\n"
