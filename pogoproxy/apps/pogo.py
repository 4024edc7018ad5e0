"""The `pogo` app: named pools of job workers. Its first keys, their defaults and texts are those of y-l-g/pogo."""

from __future__ import annotations

import re

import msgspec

from ..errors import ConfigError
from ..module import Duration
from ..supervisor.cpus import available_cpus
from ..units import seconds

DEFAULT_MAX_WAIT = 30.0

_PYTHON_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One pool. `worker` is a Python module (`shop.tasks`), a PHP file or a command; `num_threads` its slots.

    `processes` share the slots, by default one each. `queue` bounds the tasks that wait, `max_size` the bytes of
    arguments and of a result. A worker is replaced after `max_jobs`, and killed when a cancelled job does not end
    within `cancel_grace`. Zero stands for the default of each.
    """

    name: str = ""
    worker: str = ""
    num_threads: int = 0
    max_wait: Duration = 0
    processes: int = 0
    queue: int = 0
    max_jobs: int = 0
    max_size: int = 0
    cancel_grace: Duration = 0

    @property
    def slots(self) -> int:
        """Jobs that run at a time; two for each CPU where the config says nothing, as in FrankenPHP."""
        return self.num_threads or 2 * available_cpus()

    @property
    def wait(self) -> float:
        """Seconds from the spawn until a job has failed; nothing and less mean the default."""
        wait = seconds(self.max_wait)
        return wait if wait > 0 else DEFAULT_MAX_WAIT

    @property
    def is_python(self) -> bool:
        """Whether the worker is named as a Python module is, and not as a file or a command."""
        return _PYTHON_MODULE.fullmatch(self.worker) is not None and not self.worker.endswith(".php")

    @property
    def slots_each(self) -> int:
        """Jobs that one process takes at a time."""
        return self.slots // (self.processes or self.slots)


SETTINGS = tuple(name for name in Pool.__struct_fields__ if name != "name")


class PogoApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.pogo`. Any value at its top makes the pool `default`, from which the others inherit nothing."""

    worker: str = ""
    num_threads: int = 0
    max_wait: Duration = 0
    processes: int = 0
    queue: int = 0
    max_jobs: int = 0
    max_size: int = 0
    cancel_grace: Duration = 0
    pools: tuple[Pool, ...] = ()

    def all_pools(self) -> list[Pool]:
        """The pools, `default` first if it stands at the top; ConfigError if they make no sense."""
        pools = list(self.pools)
        top = {name: getattr(self, name) for name in SETTINGS}
        if any(top.values()):
            pools.insert(0, Pool(name="default", **top))
        _check(pools)
        return pools


def _check(pools: list[Pool]) -> None:
    if not pools:
        raise ConfigError("pogo requires a default worker", path="apps.pogo")
    names: set[str] = set()
    for place, pool in enumerate(pools):
        path = f"apps.pogo.pools[{place}]"
        if not pool.name:
            raise ConfigError("pogo pool name is required", path=path)
        if not pool.worker:
            raise ConfigError(f'pogo pool "{pool.name}" worker is required', path=path)
        if pool.name in names:
            raise ConfigError(f'duplicate pogo pool "{pool.name}"', path=path)
        for number in ("num_threads", "processes", "queue", "max_jobs", "max_size"):
            if getattr(pool, number) < 0:
                raise ConfigError(f'pogo pool "{pool.name}" {number} must not be negative', path=path)
        if pool.processes and pool.slots % pool.processes:
            raise ConfigError(f'pogo pool "{pool.name}" num_threads must be a multiple of processes', path=path)
        names.add(pool.name)
    if "default" not in names:
        raise ConfigError('pogo requires a "default" pool', path="apps.pogo")
