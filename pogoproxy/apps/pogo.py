"""The `pogo` app: named pools of job workers. Its first keys, their defaults and texts are those of y-l-g/pogo."""

from __future__ import annotations

import re

import msgspec

from ..errors import ConfigError
from ..jobs.wire import quoted
from ..module import Duration
from ..supervisor.cpus import available_cpus
from ..units import seconds

DEFAULT_MAX_WAIT = 30.0
DEFAULT_STARTUP_TIMEOUT = 60.0

_PYTHON_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What may be said of a pool. Zero and nothing stand for the default of each; sizes are in bytes.

    `worker` is a Python module (`shop.tasks`) or a PHP file; or `command` is any program. `num_threads` are its slots,
    up to `max_threads` of them under load, which `processes` share, by default one each. `queue` bounds the tasks that
    wait, `queue_size` their arguments, `max_size` the arguments or the result of one. A process is replaced after
    `max_jobs` and beyond `max_memory`, and killed when a cancelled job does not end within `cancel_grace`. `env`,
    `chdir`, the modules to `preload`, the interpreter `python` and the `startup_timeout` are of its start.
    """

    worker: str = ""
    num_threads: int = 0
    max_wait: Duration = 0
    max_threads: int = 0
    processes: int = 0
    queue: int = 0
    queue_size: int = 0
    max_jobs: int = 0
    max_memory: int = 0
    max_size: int = 0
    cancel_grace: Duration = 0
    command: tuple[str, ...] = ()
    python: str = ""
    preload: tuple[str, ...] = ()
    chdir: str = ""
    env: dict[str, str] = msgspec.field(default_factory=dict)
    startup_timeout: Duration = 0


SETTINGS = Settings.__struct_fields__
_COUNTS = ("num_threads", "max_threads", "processes", "queue", "queue_size", "max_jobs", "max_memory", "max_size")


class Pool(Settings, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One pool."""

    name: str = ""

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
    def patience(self) -> float:
        """Seconds that a worker may take to start."""
        return seconds(self.startup_timeout) or DEFAULT_STARTUP_TIMEOUT

    @property
    def is_python(self) -> bool:
        """Whether the worker is named as a Python module is, and not as a file or a command."""
        return _PYTHON_MODULE.fullmatch(self.worker) is not None and not self.is_php

    @property
    def is_php(self) -> bool:
        """Whether the worker is a PHP script."""
        return self.worker.endswith(".php")

    @property
    def slots_each(self) -> int:
        """Jobs that one process takes at a time."""
        return self.slots // (self.processes or self.slots)


class PogoApp(Settings, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`apps.pogo`. Any setting at its top makes the pool `default`, from which the others inherit nothing.

    `max_tasks` is how many tasks one request may have open, in all pools; 0 is the default.
    """

    max_tasks: int = 0
    pools: tuple[Pool, ...] = ()

    def all_pools(self) -> list[Pool]:
        """The pools, `default` first if it stands at the top; ConfigError if they make no sense."""
        pools = list(self.pools)
        top = {name: getattr(self, name) for name in SETTINGS}
        if any(top.values()):
            pools.insert(0, Pool(name="default", **top))
        if self.max_tasks < 0:
            raise ConfigError("pogo max_tasks must not be negative", path="apps.pogo")
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
        if not (pool.worker or pool.command):
            raise ConfigError(f"pogo pool {quoted(pool.name)} worker is required", path=path)
        if pool.name in names:
            raise ConfigError(f"duplicate pogo pool {quoted(pool.name)}", path=path)
        if (nonsense := _nonsense(pool)) is not None:
            raise ConfigError(f"pogo pool {quoted(pool.name)} {nonsense}", path=path)
        names.add(pool.name)
    if "default" not in names:
        raise ConfigError('pogo requires a "default" pool', path="apps.pogo")


def _nonsense(pool: Pool) -> str | None:
    """What makes no sense in a pool's settings, after its name."""
    for name in _COUNTS:
        if getattr(pool, name) < 0:
            return f"{name} must not be negative"
    if pool.is_php and pool.slots_each > 1:
        return "has several slots a process, but a PHP process takes one job at a time"
    if pool.is_php and (pool.python or pool.preload):
        return "has a worker in PHP, for which python and preload mean nothing"
    if pool.processes and pool.slots % pool.processes:
        return "num_threads must be a multiple of processes"
    if pool.max_threads and (pool.max_threads < pool.slots or pool.max_threads % pool.slots_each):
        return "max_threads must be num_threads or more, and a multiple of the slots of a process"
    if pool.command and (pool.worker or pool.python or pool.preload):
        return "command excludes worker, python and preload"
    return None
