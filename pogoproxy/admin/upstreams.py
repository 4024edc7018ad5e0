"""How the upstreams are, in JSON, as Caddy's `/reverse_proxy/upstreams` has it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..figures.reporter import ACTIVE, FAILS
from ..metrics import Family, Histogram


def upstreams(families: Iterable[Family]) -> list[dict[str, Any]]:
    """Each upstream's address, its requests under way, and the failures that passive health checks remember."""
    found: dict[str, dict[str, Any]] = {}
    for family in families:
        if family.name in (ACTIVE, FAILS):
            for sample in family.samples:
                assert not isinstance(sample.value, Histogram)
                address = sample.labels["upstream"]
                one = found.setdefault(address, {"address": address, "num_requests": 0, "fails": 0})
                one["num_requests" if family.name == ACTIVE else "fails"] = int(sample.value)
    return list(found.values())
