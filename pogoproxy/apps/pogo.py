"""The `pogo` app: named pools of job workers. Keys, defaults and error texts are those of y-l-g/pogo."""

from __future__ import annotations

import msgspec

from ..errors import ConfigError
from ..module import Duration
from ..supervisor.cpus import available_cpus
from ..units import seconds

DEFAULT_MAX_WAIT = 30.0


class Pool(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One pool. `worker` is a Python module (`shop.tasks`), a PHP file or a command; `num_threads` its slots."""

    name: str = ""
    worker: str = ""
    num_threads: int = 0
    max_wait: Duration = 0

    @property
    def slots(self) -> int:
        """Jobs that run at a time; two for each CPU where the config says nothing, as in FrankenPHP."""
        return self.num_threads or 2 * available_cpus()

    @property
    def wait(self) -> float:
        """Seconds from the spawn until a job has failed; nothing and less mean the default."""
        wait = seconds(self.max_wait)
        return wait if wait > 0 else DEFAULT_MAX_WAIT


class PogoApp(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.pogo`. Any value at its top makes the pool `default`, from which the others inherit nothing."""

    worker: str = ""
    num_threads: int = 0
    max_wait: Duration = 0
    pools: tuple[Pool, ...] = ()

    def all_pools(self) -> list[Pool]:
        """The pools, `default` first if it stands at the top; ConfigError if they make no sense."""
        pools = list(self.pools)
        if self.worker or self.num_threads or self.max_wait:
            top = Pool(name="default", worker=self.worker, num_threads=self.num_threads, max_wait=self.max_wait)
            pools.insert(0, top)
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
        if pool.num_threads < 0:
            raise ConfigError(f'pogo pool "{pool.name}" num_threads must not be negative', path=path)
        names.add(pool.name)
    if "default" not in names:
        raise ConfigError('pogo requires a "default" pool', path="apps.pogo")
