"""The state of the process tree as health (JSON) and as metrics (Prometheus' text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..broker.stats import BUCKETS, Histogram, PoolStats
from ..supervisor.children import Children, Crew, Life

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def health(table: Children) -> tuple[int, dict[str, Any]]:
    """Status 200 while every role has a child that serves, 503 else; and how each role is."""
    crews = [crew for crew in table.crews.values() if not crew.is_retired]
    is_serving = bool(crews) and all(crew.lives(Life.READY) for crew in crews)
    is_whole = is_serving and all(crew.is_complete for crew in crews)
    status = "ok" if is_whole else "degraded" if is_serving else "failing"
    return (200 if is_serving else 503), {"status": status, "roles": [_role(crew) for crew in crews]}


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
    """Each pool in JSON; times are in seconds, null beyond the largest bucket, `exits` counts its workers' deaths."""
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
        "exits": sum(sum(crew.exits.values()) for crew in crews if not crew.is_retired),
    }


def _quantiles(histogram: Histogram) -> dict[str, float | None]:
    return {f"p{share}": histogram.quantile(share / 100) for share in (50, 99)}


def metrics(table: Children, pools: Iterable[PoolStats]) -> str:
    """All counters and gauges of the parent."""
    crews, pools = list(table.crews.values()), list(pools)
    lines = [
        *_family("pogoproxy_children_wanted", "gauge", [(_of(c), len(c.slots)) for c in crews]),
        *_family("pogoproxy_children_ready", "gauge", [(_of(c), len(c.lives(Life.READY))) for c in crews]),
        *_family(
            "pogoproxy_child_exits_total",
            "counter",
            [({**_of(c), "exit": how}, count) for c in crews for how, count in sorted(c.exits.items())],
        ),
        *_family("pogo_slots", "gauge", [({"pool": p.name}, p.slots) for p in pools]),
        *_family("pogo_busy", "gauge", [({"pool": p.name}, p.busy) for p in pools]),
        *_family("pogo_queued", "gauge", [({"pool": p.name}, p.queued) for p in pools]),
        *_family("pogo_spawned_total", "counter", [({"pool": p.name}, p.spawned) for p in pools]),
        *_family(
            "pogo_tasks_total",
            "counter",
            [({"pool": p.name, "outcome": o.name.lower()}, n) for p in pools for o, n in p.ended.items()],
        ),
        *_histograms("pogo_wait_seconds", [(p.name, p.wait) for p in pools]),
        *_histograms("pogo_run_seconds", [(p.name, p.run) for p in pools]),
    ]
    return "\n".join(lines) + "\n"


def _of(crew: Crew) -> dict[str, Any]:
    return {"role": crew.role.title, "generation": crew.role.generation}


def _family(name: str, kind: str, samples: Iterable[tuple[dict[str, Any], float]]) -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    for labels, value in samples:
        yield f"{name}{_labels(labels)} {value}"


def _histograms(name: str, histograms: Iterable[tuple[str, Histogram]]) -> Iterator[str]:
    yield f"# TYPE {name} histogram"
    for pool, histogram in histograms:
        seen = 0
        for bound, count in zip((*BUCKETS, "+Inf"), histogram.counts, strict=True):
            seen += count
            yield f"{name}_bucket{_labels({'pool': pool, 'le': bound})} {seen}"
        yield f"{name}_sum{_labels({'pool': pool})} {histogram.total}"
        yield f"{name}_count{_labels({'pool': pool})} {seen}"


def _labels(labels: dict[str, Any]) -> str:
    return "{" + ",".join(f'{name}="{_escaped(str(value))}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
