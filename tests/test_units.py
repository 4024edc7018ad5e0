"""Durations and sizes, beside the values that Caddy gives for the same texts."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.errors import ConfigError
from pogoproxy.units import byte_count, format_duration, format_size, nanoseconds, seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", 0),
        ("1h30m", 5_400_000_000_000),
        ("1.5s", 1_500_000_000),
        (".5s", 500_000_000),
        ("-1s", -1_000_000_000),
        ("+5m", 300_000_000_000),
        ("10d", 864_000_000_000_000),
        ("1d12h", 129_600_000_000_000),
        ("1h1d", 90_000_000_000_000),
        ("1.d", 86_400_000_000_000),
        ("1µs2ns", 1002),
        ("1μs", 1000),
    ],
)
def test_a_duration_is_nanoseconds(text: str, value: int) -> None:
    assert nanoseconds(text) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", 'time: invalid duration ""'),
        ("-", 'time: invalid duration "-"'),
        ("x", 'time: invalid duration "x"'),
        ("--1s", 'time: invalid duration "--1s"'),
        ("١s", 'time: invalid duration "١s"'),
        ("1", 'time: missing unit in duration "1"'),
        ("1s5", 'time: missing unit in duration "1s5"'),
        ("1x", 'time: unknown unit "x" in duration "1x"'),
        ("1 s", 'time: unknown unit " s" in duration "1 s"'),
        ("999999999h", 'time: invalid duration "999999999h"'),
        ("1" * 2000 + "s", "parsing duration: input string too long"),
    ],
)
def test_a_bad_duration_is_refused_in_the_words_of_go(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        nanoseconds(text)
    assert caught.value.message == reason


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0s"), (1, "1ns"), (1500, "1.5µs"), (2_000_000, "2ms"), (1_500_000_000, "1.5s"), (90_000_000_000, "1m30s")],
)
def test_a_duration_is_printed_as_go_prints_it(value: int, text: str) -> None:
    assert format_duration(value) == text


@given(st.integers(min_value=-(2**63) + 1, max_value=2**63 - 1))
def test_a_printed_duration_reads_back(value: int) -> None:
    assert nanoseconds(format_duration(value)) == value


@given(st.integers(0, 10**18))
def test_json_numbers_are_nanoseconds(value: int) -> None:
    assert seconds(value) == seconds(f"{value}ns") == pytest.approx(value / 1e9)


@pytest.mark.parametrize(
    ("text", "size"),
    [("10MB", 10**7), ("64KiB", 65_536), ("1.5 GB", 1_500_000_000), ("1,000", 1000), ("10 m", 10**7), ("2ki", 2048)],
)
def test_a_size_is_bytes(text: str, size: int) -> None:
    assert byte_count(text) == size


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("5x", "unhandled size name: x"),
        ("1e3", "unhandled size name: e3"),
        ("20EB", "too large: 20EB"),
        ("MB", "'MB' is not a size such as 10MB or 64KiB"),
        ("", "'' is not a size such as 10MB or 64KiB"),
    ],
)
def test_a_bad_size_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        byte_count(text)
    assert caught.value.message == reason


@given(st.integers(min_value=0, max_value=2**64 - 1))
def test_a_printed_size_reads_back(size: int) -> None:
    assert byte_count(format_size(size)) == size


@given(st.text(max_size=40) | st.text(alphabet="0123456789.-+hmsdnuµ kib,"))
def test_any_text_is_a_number_or_a_config_error(text: str) -> None:
    for parse in (nanoseconds, byte_count):
        with contextlib.suppress(ConfigError):
            assert isinstance(parse(text), int)
