"""How the process tree and its pools are, in JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..broker.stats import BUCKETS, PoolStats
from ..metrics import Histogram
from ..supervisor.children import Children, Crew, Life


def health(table: Children, lacking: Iterable[dict[str, str]] = ()) -> tuple[int, dict[str, Any]]:
    """Status 200 while every role has a child that serves, 503 else; and how each role is.

    `lacking` are names without the certificates they should have; for them alone it is only degraded.
    """
    missing = list(lacking)
    crews = [crew for crew in table.crews.values() if not crew.is_retired]
    is_serving = bool(crews) and all(crew.lives(Life.READY) for crew in crews)
    is_whole = is_serving and all(crew.is_complete for crew in crews) and not missing
    status = "ok" if is_whole else "degraded" if is_serving else "failing"
    return (200 if is_serving else 503), {
        "status": status,
        "roles": [_role(crew) for crew in crews],
        "certificates_missing": missing,
    }


def _role(crew: Crew) -> dict[str, Any]:
    return {
        "role": crew.role.title,
        "generation": crew.role.generation,
        "wanted": len(crew.slots),
        "ready": len(crew.lives(Life.READY)),
        "pids": [child.pid for child in crew.children.values()],
        "exits": dict(crew.exits),
        "last_failure": crew.last_reason if crew.failures else "",
    }


def pools(table: Children, stats: Iterable[PoolStats]) -> list[dict[str, Any]]:
    """Each pool in JSON. Times are in seconds, null beyond the largest bucket; `restarts` counts the workers that were
    started in place of others."""
    return [_pool(table, pool) for pool in stats]


def _pool(table: Children, pool: PoolStats) -> dict[str, Any]:
    crews = [crew for crew in table.crews.values() if crew.role.title == f"pool {pool.name}"]
    return {
        "name": pool.name,
        "slots": pool.slots,
        "workers": pool.workers,
        "busy": pool.busy,
        "queued": pool.queued,
        "spawned": pool.spawned,
        "ended": {outcome.name.lower(): count for outcome, count in pool.ended.items()},
        "wait": _quantiles(pool.wait),
        "run": _quantiles(pool.run),
        "restarts": pool.replaced + sum(crew.restarts for crew in crews if not crew.is_retired),
    }


def _quantiles(histogram: Histogram) -> dict[str, float | None]:
    return {f"p{share}": histogram.quantile(BUCKETS, share / 100) for share in (50, 99)}
