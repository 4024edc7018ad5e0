"""Figures for Prometheus: families of samples, how those of several processes become one, and their text.

Counting is whoever counts' own affair, with plain integers; families are made when somebody asks. The text formats are
Prometheus' 0.0.4 and OpenMetrics 1.0 (prometheus.io/docs/instrumenting/exposition_formats, openmetrics.io).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Prometheus' usual bounds for durations."""

BYTES = tuple(256.0 * 4**power for power in range(8))
"""Caddy's bounds for sizes."""

Labels = dict[str, str]


class Histogram(msgspec.Struct, array_like=True):
    """Counts by bucket, the last one being for what is beyond all bounds; and the sum of all that was seen."""

    counts: list[int]
    total: float = 0.0

    @classmethod
    def over(cls, bounds: Sequence[float]) -> Histogram:
        """An empty one."""
        return cls([0] * (len(bounds) + 1))

    def observe(self, bounds: Sequence[float], value: float) -> None:
        """Count a value; `bounds` are always the same."""
        self.counts[bisect_left(bounds, value)] += 1
        self.total += value

    def quantile(self, bounds: Sequence[float], share: float) -> float | None:
        """The upper bound of the bucket that holds this share of the values; None beyond the last, 0.0 for none."""
        rank, seen = share * sum(self.counts), 0
        for bound, count in zip((*bounds, None), self.counts, strict=True):
            seen += count
            if count and seen >= rank:
                return bound
        return 0.0


class Sample(msgspec.Struct, array_like=True):
    """A value, or a distribution of values, under its labels."""

    labels: Labels
    value: float | Histogram


class Family(msgspec.Struct, omit_defaults=True):
    """All samples of one name. Of several processes' gauges the `least` may count, in the place of the sum."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str = ""
    samples: list[Sample] = []
    bounds: tuple[float, ...] = ()
    join: Literal["sum", "least"] = "sum"

    def add(self, value: float | Histogram, /, **labels: str) -> None:
        """One more sample."""
        self.samples.append(Sample(labels, value))


@dataclass(frozen=True, slots=True)
class Scrape:
    """The service that knows the figures of all processes; `families` asks them, and has its own deadline."""

    families: Callable[[], Awaitable[list[Family]]]


def joined(parts: Iterable[Iterable[Family]]) -> list[Family]:
    """The figures of several processes as those of one; nothing that was given is changed."""
    families: dict[str, Family] = {}
    values: dict[str, dict[tuple[tuple[str, str], ...], float | Histogram]] = {}
    for family in (family for part in parts for family in part):
        families.setdefault(family.name, family)
        found = values.setdefault(family.name, {})
        for sample in family.samples:
            key = tuple(sample.labels.items())
            found[key] = _together(found[key], sample.value, family.join) if key in found else sample.value
    return [
        msgspec.structs.replace(family, samples=[Sample(dict(key), value) for key, value in values[name].items()])
        for name, family in families.items()
    ]


def _together(one: float | Histogram, other: float | Histogram, how: str) -> float | Histogram:
    if isinstance(one, Histogram):
        assert isinstance(other, Histogram)
        counts = [a + b for a, b in zip(one.counts, other.counts, strict=True)]
        return Histogram(counts, one.total + other.total)
    assert not isinstance(other, Histogram)
    return min(one, other) if how == "least" else one + other


def lasting(families: Iterable[Family]) -> list[Family]:
    """What still counts when a process is gone: all but gauges."""
    return [family for family in families if family.kind != "gauge"]


def exposed(families: Iterable[Family], *, openmetrics: bool = False) -> str:
    """The text of all families, by name."""
    lines = [line for family in sorted(families, key=lambda one: one.name) for line in _lines(family, openmetrics)]
    return "\n".join([*lines, *(["# EOF"] if openmetrics else [])]) + "\n"


def _lines(family: Family, openmetrics: bool) -> Iterator[str]:
    name = family.name.removesuffix("_total") if openmetrics and family.kind == "counter" else family.name
    if family.help:
        yield f"# HELP {name} {_escaped(family.help)}"
    yield f"# TYPE {name} {family.kind}"
    for sample in family.samples:
        if isinstance(sample.value, Histogram):
            yield from _histogram(family, sample.labels, sample.value)
        else:
            yield f"{family.name}{_labels(sample.labels)} {number(sample.value)}"


def _histogram(family: Family, labels: Labels, histogram: Histogram) -> Iterator[str]:
    seen = 0
    for bound, count in zip((*family.bounds, float("inf")), histogram.counts, strict=True):
        seen += count
        yield f"{family.name}_bucket{_labels({**labels, 'le': number(bound)})} {seen}"
    yield f"{family.name}_sum{_labels(labels)} {number(histogram.total)}"
    yield f"{family.name}_count{_labels(labels)} {seen}"


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def number(value: float) -> str:
    """As Go prints it, since the bounds of buckets are labels: `0.005`, `262144`, `1.048576e+06`, `+Inf`."""
    if value == float("inf"):
        return "+Inf"
    exact = Decimal(repr(value))
    exponent = exact.adjusted()
    if not value or -4 <= exponent < 6 or isinstance(value, int):
        return str(value).removesuffix(".0")
    digits = "".join(map(str, exact.normalize().as_tuple().digits))
    fraction = "." + digits[1:] if len(digits) > 1 else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{fraction}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
