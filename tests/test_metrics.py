"""Figures as text, and those of several processes as one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pogoproxy.metrics import BYTES, SECONDS, Family, Histogram, exposed, joined, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.005, "0.005"),
        (256.0, "256"),
        (262144.0, "262144"),
        (1048576.0, "1.048576e+06"),
        (4194304.0, "4.194304e+06"),
        (0.00001, "1e-05"),
        (-2500000.0, "-2.5e+06"),
        (float("inf"), "+Inf"),
        (12345678, "12345678"),
    ],
)
def test_numbers_are_printed_as_go_does(value: float, text: str) -> None:
    assert number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_printed_number_is_the_number(value: float) -> None:
    assert float(number(value)) == value


def histogram(*values: float) -> Family:
    family = Family("h", "histogram", "Some.", [], BYTES)
    made = Histogram.over(BYTES)
    for value in values:
        made.observe(BYTES, value)
    family.add(made, a="b")
    return family


def test_buckets_are_cumulative() -> None:
    text = exposed([histogram(1, 256, 257, 1e9)])
    assert 'h_bucket{a="b",le="256"} 2\nh_bucket{a="b",le="1024"} 3\n' in text
    assert text.endswith('h_bucket{a="b",le="+Inf"} 4\nh_sum{a="b"} 1.000000514e+09\nh_count{a="b"} 4\n')


def test_openmetrics_name_counters_without_total_and_have_an_end() -> None:
    family = Family("x_total", "counter", "Two\nlines.", [])
    family.add(1, host='a"\\\n')
    assert exposed([family]) == '# HELP x_total Two\\nlines.\n# TYPE x_total counter\nx_total{host="a\\"\\\\\\n"} 1\n'
    text = exposed([family], openmetrics=True)
    assert text.startswith("# HELP x Two\\nlines.\n# TYPE x counter\nx_total{")
    assert text.endswith("\n# EOF\n")


def test_of_some_gauges_the_least_counts() -> None:
    parts = []
    for value in (1, 0):
        family = Family("healthy", "gauge", "", [], join="least")
        family.add(value, upstream="a")
        parts.append([family])
    assert exposed(joined(parts)).endswith('healthy{upstream="a"} 0\n')


@given(st.lists(st.lists(st.floats(0, 1e7), max_size=5), min_size=1, max_size=4))
def test_figures_joined_are_those_of_one_that_saw_it_all(seen: list[list[float]]) -> None:
    together = exposed(joined([histogram(*values)] for values in seen))
    alone = exposed([histogram(*(value for values in seen for value in values))])
    buckets = [line for line in together.splitlines() if "_sum" not in line]
    assert buckets == [line for line in alone.splitlines() if "_sum" not in line]


def test_families_travel_as_json() -> None:
    family = histogram(1)
    assert msgspec.json.decode(msgspec.json.encode(family), type=Family) == family
    assert len(SECONDS) == 11
