"""Durations."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.units import nanoseconds, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1s", 10**9),
        ("1m30s", 90 * 10**9),
        ("1.5h", 5400 * 10**9),
        ("2d", 172_800 * 10**9),
        ("-3ms", -3_000_000),
        ("1µs", 1_000),
        (".5s", 500_000_000),
    ],
)
def test_go_durations_are_read(text: str, value: int) -> None:
    assert nanoseconds(text) == value


@pytest.mark.parametrize("text", ["", "1", "s", "1 s", "1x", "1s2", "--1s", "9999999999h", "١s"])
def test_what_is_malformed_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        nanoseconds(text)


@given(st.text(alphabet="0123456789.-+hmsdnuµ "))
def test_no_text_gives_anything_but_a_number_or_a_config_error(text: str) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(nanoseconds(text), int)


@given(st.integers(0, 10**18))
def test_json_numbers_are_nanoseconds(value: int) -> None:
    assert seconds(value) == value / 1e9
    assert nanoseconds(f"{value}ns") == value
