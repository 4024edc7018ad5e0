"""Which entry goes to which log: by level, and by logger name as a path of words between dots."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .encoders import Encoder
from .sinks import Sink

LEVELS = {"DEBUG": 10, "INFO": 20, "WARN": 30, "ERROR": 40, "PANIC": 50, "FATAL": 50}
"""Caddy's names of levels with Python's numbers."""

_NAMES = {10: "debug", 20: "info", 30: "warn", 40: "error", 50: "fatal"}


@dataclass(frozen=True, slots=True)
class Log:
    """One log. An entry belongs to it if the longest of `include` and `exclude` that covers its logger includes it."""

    sink: Sink
    encode: Encoder
    level: int = 20
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def takes(self, logger: str) -> bool:
        """Whether entries of that logger are for this log."""
        included = max((len(name) for name in self.include if _covers(name, logger)), default=-1)
        excluded = max((len(name) for name in self.exclude if _covers(name, logger)), default=-1)
        if self.include and included < 0:
            return False
        return included >= excluded


def _covers(name: str, logger: str) -> bool:
    return logger == name or logger.startswith(f"{name}.")


class Router:
    """All logs of a process."""

    def __init__(self, logs: Iterable[Log]) -> None:
        self.logs = list(logs)
        self._taking: dict[str, list[Log]] = {}

    def emit(self, logger: str, level: int, message: str, fields: dict[str, Any]) -> None:
        """Write one entry to the logs that take it."""
        taking = self._taking.get(logger)
        if taking is None:
            taking = self._taking[logger] = [log for log in self.logs if log.takes(logger)]
        if not taking:
            return
        named = {"level": _NAMES[min(level // 10 * 10, 50)], "ts": round(time.time(), 6), "logger": logger}
        entry = {**named, "msg": message, **fields}
        for log in taking:
            if level >= log.level:
                log.sink.put(log.encode(entry))

    def close(self) -> None:
        """Write out what is queued."""
        for sink in {log.sink for log in self.logs}:
            sink.close()
