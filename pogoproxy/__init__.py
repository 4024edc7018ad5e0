"""A Caddy-style reverse proxy and application server whose requests fan out to pools of worker processes.

`import pogoproxy` is all that an application needs: it loads the job client on first use, which stands on the
standard library alone. The server is `pogoproxy run Caddyfile` and is never imported by the application.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .jobs.client import pogo_await, pogo_pool_size, pogo_spawn, pool_size, spawn
    from .jobs.combine import first_k, wait_all, wait_any
    from .jobs.errors import (
        JobError,
        PoolSaturated,
        TaskCancelled,
        TaskError,
        TaskLost,
        TaskRefused,
        TaskTimeout,
        TooFewDone,
        UnknownPool,
        UnknownTask,
    )
    from .jobs.scope import deadline, request_scope, traceparent
    from .jobs.spawn_map import spawn_map
    from .jobs.task import Task

__version__ = "0.1.0"

__all__ = [
    "JobError",
    "PoolSaturated",
    "Task",
    "TaskCancelled",
    "TaskError",
    "TaskLost",
    "TaskRefused",
    "TaskTimeout",
    "TooFewDone",
    "UnknownPool",
    "UnknownTask",
    "deadline",
    "first_k",
    "pogo_await",
    "pogo_pool_size",
    "pogo_spawn",
    "pool_size",
    "request_scope",
    "spawn",
    "spawn_map",
    "traceparent",
    "wait_all",
    "wait_any",
]

_HOMES = {
    "client": ("pogo_await", "pogo_pool_size", "pogo_spawn", "pool_size", "spawn"),
    "combine": ("first_k", "wait_all", "wait_any"),
    "errors": (
        "JobError",
        "PoolSaturated",
        "TaskCancelled",
        "TaskError",
        "TaskLost",
        "TaskRefused",
        "TaskTimeout",
        "TooFewDone",
        "UnknownPool",
        "UnknownTask",
    ),
    "scope": ("deadline", "request_scope", "traceparent"),
    "spawn_map": ("spawn_map",),
    "task": ("Task",),
}


def __getattr__(name: str) -> Any:
    """The public names are loaded when they are first asked for (PEP 562)."""
    for home, names in _HOMES.items():
        if name in names:
            value = getattr(importlib.import_module(f".jobs.{home}", __name__), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
