"""The logs of a configuration, from the option `log`, the logs of the sites, and `debug`."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ..adapt.adaptation import Adaptation
from ..handlers.log import NamedLog
from ..loggers.log import DEFAULT_LOG, Log
from .listeners import Pairing
from .root import Logging


def logging_of(paired: Iterable[Pairing], adaptation: Adaptation) -> Logging | None:
    """The logs by name; what goes to a log of its own is kept out of the default one. None if there are none."""
    asked = adaptation.option("log", list) or []
    is_debug = bool(adaptation.option("debug", bool))
    found = list(asked)
    if is_debug and not any(log.name == DEFAULT_LOG for log in asked):
        found.append(NamedLog(DEFAULT_LOG, Log(level="DEBUG")))
    found += [log for pairing in paired for site in pairing.served for log in site.block.evaluated.of(NamedLog)]
    logs = _by_name(found, is_debug=is_debug)
    return Logging(logs=dict(sorted(logs.items()))) if logs else None


def _by_name(found: Iterable[NamedLog], *, is_debug: bool) -> dict[str, Log]:
    logs: dict[str, Log] = {}
    excluded: set[str] = set()
    for named in found:
        if not named.name or named.log is None:
            continue
        log = named.log
        if is_debug and not log.level:
            log = msgspec.structs.replace(log, level="DEBUG")
        if named.name == DEFAULT_LOG:
            logs.setdefault(DEFAULT_LOG, log)
            continue
        logs[named.name] = log
        excluded.update(log.include)
    if excluded:
        default = logs.get(DEFAULT_LOG, Log())
        exclude = tuple(sorted(excluded.union(default.exclude)))
        logs[DEFAULT_LOG] = msgspec.structs.replace(default, exclude=exclude)
    return logs
