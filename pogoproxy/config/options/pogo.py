"""`pogo { worker, num_threads, max_wait, …; pool <name> { … } }`: pools of job workers, read as y-l-g/pogo does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...adapt.adaptation import Adaptation
from ...adapt.directive import App, Option
from ...adapt.readers import pair
from ...adapt.weak import integer
from ...apps.pogo import SETTINGS, PogoApp, Pool
from ...caddyfile.cursor import Cursor
from ...caddyfile.suggest import did_you_mean
from ...errors import ConfigError
from ...units import byte_count, nanoseconds

_CONVERT: dict[str, Callable[[str], Any]] = {
    "worker": str,
    "num_threads": integer,
    "max_wait": nanoseconds,
    "max_threads": integer,
    "processes": integer,
    "queue": integer,
    "queue_size": byte_count,
    "max_jobs": integer,
    "max_memory": byte_count,
    "max_size": byte_count,
    "max_tasks": integer,
    "cancel_grace": nanoseconds,
    "python": str,
    "chdir": str,
    "startup_timeout": nanoseconds,
}


def _set(fields: dict[str, Any], line: Cursor) -> None:
    """One setting of a pool into its fields."""
    match line.name:
        case "env":
            fields["env"] = {**fields.get("env", {}), **dict(pair(line))}
        case "command" | "preload":
            fields[line.name] = line.texts(least=1)
        case _:
            fields[line.name] = _single(line)
    line.finish_line()


def _single(line: Cursor) -> Any:
    word = line.word()
    if line.remaining:
        raise line.error(f'too many arguments for "{line.name}": {line.text()}')
    try:
        return _CONVERT[line.name](word.text)
    except (ValueError, ConfigError) as wrong:
        raise word.error(str(wrong)) from None


def _pool(line: Cursor) -> Pool:
    fields: dict[str, Any] = {"name": line.text()}
    if line.remaining:
        raise line.error(f'too many arguments for "pool": {line.text()}')
    for setting in line.block():
        if setting.name not in SETTINGS:
            raise setting.error(
                f'unrecognized pool subdirective "{setting.name}"', hint=did_you_mean(setting.name, SETTINGS)
            )
        _set(fields, setting)
    return Pool(**fields)


def _pogo(cursor: Cursor, adaptation: Adaptation) -> App:
    cursor.finish()
    fields: dict[str, Any] = {}
    pools: list[Pool] = []
    for line in cursor.block():
        if line.name == "pool":
            pools.append(_pool(line))
        elif line.name in (*SETTINGS, "max_tasks"):
            _set(fields, line)
        else:
            hint = did_you_mean(line.name, ("pool", "max_tasks", *SETTINGS))
            raise line.error(f'unrecognized subdirective "{line.name}"', hint=hint)
    return App("pogo", PogoApp(**fields, pools=tuple(pools)))


OPTIONS = (Option("pogo", _pogo),)
