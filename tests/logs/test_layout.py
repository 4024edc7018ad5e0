"""Go's layouts, against what Go prints."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.logs.layout import layout

MOMENT = datetime(2026, 1, 2, 15, 4, 5, 60_700, tzinfo=timezone(timedelta(hours=-7), "MST"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("rfc3339", "2026-01-02T15:04:05-07:00"),
        ("rfc3339_nano", "2026-01-02T15:04:05.0607-07:00"),
        ("wall", "2026/01/02 15:04:05"),
        ("wall_milli", "2026/01/02 15:04:05.060"),
        ("wall_nano", "2026/01/02 15:04:05.060700000"),
        ("common_log", "02/Jan/2026:15:04:05 -0700"),
        ("iso8601", "2026-01-02T15:04:05.060-0700"),
        ("2006-01-02T15-04-05.000", "2026-01-02T15-04-05.060"),
        ("Mon Jan _2 3:4:5 PM MST 06", "Fri Jan  2 3:4:5 PM MST 26"),
        ("Monday, January 2, 03pm, day 002", "Friday, January 2, 03pm, day 002"),
        ("nothing of it", "nothing of it"),
        ("20060102", "20260102"),
    ],
)
def test_a_layout_is_the_reference_time_written_so(text: str, wanted: str) -> None:
    assert layout(text)(MOMENT) == wanted


def test_utc_is_a_z_where_the_layout_says_so() -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    assert layout("Z07:00 -0700 Z0700")(moment) == "Z +0000 Z"


@given(st.text(max_size=40))
def test_any_text_is_a_layout(text: str) -> None:
    assert isinstance(layout(text)(MOMENT), str)
