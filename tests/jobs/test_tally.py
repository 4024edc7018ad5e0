"""What the jobs of a request came to, on its way into the access log."""

from __future__ import annotations

import pytest

from pogoproxy.jobs.tally import Tally, read_field


def test_count_wait_and_slowest_job_arrive() -> None:
    tally = Tally()
    tally.spawned = 3
    tally.add("shop.tasks:FetchPrice", 0.5, 0.25)
    tally.add("shop.tasks:FetchStock", 0.25, 1.5)
    assert read_field(tally.field()) == {
        "jobs": 3,
        "jobs_waited": 0.75,
        "slowest_job": "shop.tasks:FetchStock",
        "slowest_job_duration": 1.5,
    }


def test_a_job_s_name_cannot_end_the_field() -> None:
    tally = Tally()
    tally.add("a\r\nSet-Cookie: x", 0.0, 1.0)
    assert read_field(tally.field())["slowest_job"] == "a??Set-Cookie:?x"


@pytest.mark.parametrize("value", [b"", b"3", b"1;2;3;4", b"-1;0.0;0.0;", b"\xff;0.0;0.0;a"])
def test_what_we_did_not_write_is_ignored(value: bytes) -> None:
    assert read_field(value) == {}
