"""What the parent counts itself: children, pools, reloads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..broker.stats import BUCKETS, PoolStats
from ..metrics import Family
from ..supervisor.children import Children, Crew, Life


@dataclass(frozen=True, slots=True)
class LastReload:
    """How the last load of a configuration went; `succeeded` is when one last went well, in seconds since 1970."""

    is_success: bool
    succeeded: float


def reload_families(last: LastReload) -> Iterator[Family]:
    """Caddy's figures of configurations."""
    went = Family("caddy_config_last_reload_successful", "gauge", "Whether the last reload went well.", [])
    went.add(int(last.is_success))
    when = Family("caddy_config_last_reload_success_timestamp_seconds", "gauge", "When a reload last went well.", [])
    when.add(last.succeeded)
    yield from (went, when)


def children_families(table: Children) -> Iterator[Family]:
    """Who is wanted, who serves, and how they ended."""
    wanted = Family("pogoproxy_children_wanted", "gauge", "Processes of a role that are wanted.", [])
    ready = Family("pogoproxy_children_ready", "gauge", "Processes of a role that serve.", [])
    exits = Family("pogoproxy_child_exits_total", "counter", "Processes of a role that ended, by how they did.", [])
    for crew in table.crews.values():
        wanted.add(len(crew.slots), **_of(crew))
        ready.add(len(crew.lives(Life.READY)), **_of(crew))
        for how, count in sorted(crew.exits.items()):
            exits.add(count, **_of(crew), exit=how)
    yield from (wanted, ready, exits)


def _of(crew: Crew) -> dict[str, str]:
    return {"role": crew.role.title, "generation": str(crew.role.generation)}


def pool_families(pools: Iterable[PoolStats]) -> Iterator[Family]:
    """The jobs of each pool."""
    slots = Family("pogo_slots", "gauge", "Jobs that a pool can run at a time.", [])
    busy = Family("pogo_busy", "gauge", "Jobs that run.", [])
    queued = Family("pogo_queued", "gauge", "Jobs that wait for a slot.", [])
    spawned = Family("pogo_spawned_total", "counter", "Jobs that were spawned.", [])
    tasks = Family("pogo_tasks_total", "counter", "Jobs that came to an end, by which.", [])
    waits = Family("pogo_wait_seconds", "histogram", "Seconds until a job began.", [], BUCKETS)
    runs = Family("pogo_run_seconds", "histogram", "Seconds that a job ran.", [], BUCKETS)
    for pool in pools:
        slots.add(pool.slots, pool=pool.name)
        busy.add(pool.busy, pool=pool.name)
        queued.add(pool.queued, pool=pool.name)
        spawned.add(pool.spawned, pool=pool.name)
        for outcome, count in pool.ended.items():
            tasks.add(count, pool=pool.name, outcome=outcome.name.lower())
        waits.add(pool.wait, pool=pool.name)
        runs.add(pool.run, pool=pool.name)
    yield from (slots, busy, queued, spawned, tasks, waits, runs)
