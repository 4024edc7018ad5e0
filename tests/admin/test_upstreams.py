"""Upstreams in Caddy's words."""

from __future__ import annotations

from pogoproxy.admin.upstreams import upstreams
from pogoproxy.errors import UpstreamTimeout
from pogoproxy.figures.reporter import upstream_families
from pogoproxy.metrics import exposed, joined
from pogoproxy.upstream.target import Target, Targets


def of_a_front(active: int, fails: int) -> tuple[Target, ...]:
    targets = Targets()
    target = targets.at("10.0.0.1:80")
    target.active, target.fails = active, fails
    targets.at("unix//run/up.sock")
    return targets.all()


def test_the_figures_of_all_fronts_are_added() -> None:
    families = joined([upstream_families(of_a_front(2, 1)), upstream_families(of_a_front(3, 0))])
    assert upstreams(families) == [
        {"address": "10.0.0.1:80", "num_requests": 5, "fails": 1},
        {"address": "unix//run/up.sock", "num_requests": 0, "fails": 0},
    ]


def test_failures_are_counted_by_their_kind() -> None:
    (target, _) = of_a_front(0, 0)
    for _ in range(2):
        target.failed(UpstreamTimeout("late"))
    text = exposed(upstream_families([target]))
    assert 'pogoproxy_upstream_failures_total{upstream="10.0.0.1:80",kind="timeout"} 2\n' in text
