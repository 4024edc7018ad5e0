"""What the parent counts itself."""

from __future__ import annotations

import re

from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.pool import Pool
from pogoproxy.broker.stats import BUCKETS
from pogoproxy.figures.parent import LastReload, children_families, pool_families, reload_families
from pogoproxy.metrics import exposed
from pogoproxy.supervisor.children import Children
from pogoproxy.supervisor.plan import Launch, Role

SAMPLE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? [0-9.e+-]+')


def table() -> Children:
    """One role, whose only child serves."""
    made = Children()
    role = Role('app "shop"', (Launch("x"),), is_probed=False)
    made.want(role)
    made.ready(made.launched(role, 0, 0), 0)
    return made


def test_a_death_is_counted_by_how_it_came() -> None:
    made = table()
    made.exited(next(iter(made)), "SIGKILL", 1)
    text = exposed(children_families(made))
    assert 'pogoproxy_child_exits_total{role="app \\"shop\\"",generation="1",exit="SIGKILL"} 1' in text


def test_every_line_is_a_comment_or_a_sample() -> None:
    pool = Pool(PoolPlan(name="default", slots=2, secret="s"))
    pool.wait.observe(BUCKETS, 0.02)
    families = [*children_families(table()), *pool_families([pool.stats()]), *reload_families(LastReload(True, 5.5))]
    for line in exposed(families).replace('\\"', "").splitlines():
        assert line.startswith(("# TYPE ", "# HELP ")) or SAMPLE.fullmatch(line), line


def test_a_histograms_last_bucket_is_its_count() -> None:
    pool = Pool(PoolPlan(name="default", slots=2, secret="s"))
    for seconds in (0.0001, 0.3, 99.0):
        pool.wait.observe(BUCKETS, seconds)
    text = exposed(pool_families([pool.stats()]))
    assert 'pogo_wait_seconds_bucket{pool="default",le="+Inf"} 3' in text
    assert 'pogo_wait_seconds_count{pool="default"} 3' in text
