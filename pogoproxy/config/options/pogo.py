"""`pogo { worker, num_threads, max_wait, …; pool <name> { … } }`: pools of job workers, read as y-l-g/pogo does."""

from __future__ import annotations

from typing import Any

from ...adapt.adaptation import Adaptation
from ...adapt.directive import App, Option
from ...adapt.weak import integer
from ...apps.pogo import SETTINGS, PogoApp, Pool
from ...caddyfile.cursor import Cursor
from ...caddyfile.suggest import did_you_mean
from ...errors import ConfigError
from ...units import byte_count, nanoseconds


def _setting(line: Cursor) -> object:
    word = line.word()
    if line.remaining:
        raise line.error(f'too many arguments for "{line.name}": {line.text()}')
    line.finish_line()
    try:
        return _CONVERT[line.name](word.text)
    except (ValueError, ConfigError) as wrong:
        raise word.error(str(wrong)) from None


_CONVERT: dict[str, Any] = {
    "worker": str,
    "num_threads": integer,
    "max_wait": nanoseconds,
    "processes": integer,
    "queue": integer,
    "max_jobs": integer,
    "max_size": byte_count,
    "cancel_grace": nanoseconds,
}


def _pool(line: Cursor) -> Pool:
    fields: dict[str, Any] = {"name": line.text()}
    if line.remaining:
        raise line.error(f'too many arguments for "pool": {line.text()}')
    for setting in line.block():
        if setting.name not in SETTINGS:
            raise setting.error(
                f'unrecognized pool subdirective "{setting.name}"', hint=did_you_mean(setting.name, SETTINGS)
            )
        fields[setting.name] = _setting(setting)
    return Pool(**fields)


def _pogo(cursor: Cursor, adaptation: Adaptation) -> App:
    cursor.finish()
    fields: dict[str, Any] = {}
    pools: list[Pool] = []
    for line in cursor.block():
        if line.name == "pool":
            pools.append(_pool(line))
        elif line.name in SETTINGS:
            fields[line.name] = _setting(line)
        else:
            hint = did_you_mean(line.name, ("pool", *SETTINGS))
            raise line.error(f'unrecognized subdirective "{line.name}"', hint=hint)
    return App("pogo", PogoApp(**fields, pools=tuple(pools)))


OPTIONS = (Option("pogo", _pogo),)
