"""Health and metrics say what the table of children says."""

from __future__ import annotations

import re

from pogoproxy.admin.exposition import health, metrics
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.pool import Pool
from pogoproxy.supervisor.children import Children
from pogoproxy.supervisor.plan import Launch, Role

SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? [0-9.e+-]+')


def table(*ready: bool) -> Children:
    """One role, whose children are ready or not."""
    made = Children()
    role = Role('app "shop"', (Launch("x"),) * len(ready), is_probed=False)
    made.want(role)
    for slot, is_ready in enumerate(ready):
        child = made.launched(role, slot, 0)
        if is_ready:
            made.ready(child, 0)
    return made


def test_health_is_ok_degraded_or_failing() -> None:
    assert (health(table(True, True))[0], health(table(True, True))[1]["status"]) == (200, "ok")
    assert (health(table(True, False))[0], health(table(True, False))[1]["status"]) == (200, "degraded")
    assert (health(table(False))[0], health(table(False))[1]["status"]) == (503, "failing")
    assert health(Children())[0] == 503


def test_a_death_is_counted_by_how_it_came() -> None:
    made = table(True, True)
    made.exited(next(iter(made)), "SIGKILL", 1)
    assert 'pogoproxy_child_exits_total{role="app \\"shop\\"",generation="1",exit="SIGKILL"} 1' in metrics(made, [])


def test_every_line_is_a_comment_or_a_sample() -> None:
    pool = Pool(PoolPlan(name="default", slots=2, secret="s"))
    pool.wait.observe(0.02)
    made = table(True)
    for line in metrics(made, [pool.stats()]).replace('\\"', "").splitlines():
        assert line.startswith("# TYPE ") or SAMPLE.fullmatch(line), line


def test_a_histograms_last_bucket_is_its_count() -> None:
    pool = Pool(PoolPlan(name="default", slots=2, secret="s"))
    for seconds in (0.0001, 0.3, 99.0):
        pool.wait.observe(seconds)
    text = metrics(Children(), [pool.stats()])
    assert 'pogo_wait_seconds_bucket{pool="default",le="+Inf"} 3' in text
    assert 'pogo_wait_seconds_count{pool="default"} 3' in text
