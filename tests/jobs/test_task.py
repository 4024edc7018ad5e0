"""The small rules of a task: durations as the seed words them."""

from __future__ import annotations

import pytest

from pogoproxy.jobs.task import go_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (5.0, "5s"),
        (2.5, "2.5s"),
        (0.05, "50ms"),
        (0.0015, "1.5ms"),
        (0.000002, "2µs"),
        (0.000000003, "3ns"),
        (60, "1m0s"),
        (90.5, "1m30.5s"),
        (3600, "1h0m0s"),
        (3725, "1h2m5s"),
    ],
)
def test_a_duration_is_worded_as_go_words_it(seconds: float, text: str) -> None:
    assert go_duration(seconds) == text
