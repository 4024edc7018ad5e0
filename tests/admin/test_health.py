"""Health says what the table of children says."""

from __future__ import annotations

from pogoproxy.admin.health import health
from pogoproxy.supervisor.children import Children
from pogoproxy.supervisor.plan import Launch, Role


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
