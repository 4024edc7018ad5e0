"""Which entry goes to which log: by level, and by logger name as a path of words between dots."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .encoders import Encoder
from .provenance import NEVER, Provenance
from .sampling import Sampler
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
    sampler: Sampler | None = None
    provenance: Provenance | None = None

    def takes(self, logger: str) -> bool:
        """Whether entries of that logger are for this log."""
        included = max((len(name) for name in self.include if _covers(name, logger)), default=-1)
        excluded = max((len(name) for name in self.exclude if _covers(name, logger)), default=-1)
        if self.include and included < 0:
            return False
        return included >= excluded


def _covers(name: str, logger: str) -> bool:
    return logger == name or logger.startswith(f"{name}.") or name == "*"


class Logger:
    """A name, and the logs that take its entries."""

    __slots__ = ("_least", "_logs", "_name")

    def __init__(self, name: str, logs: Iterable[Log]) -> None:
        self._name = name
        self._logs = tuple(log for log in logs if log.takes(name))
        self._least = min((log.level for log in self._logs), default=NEVER)

    def takes(self, level: int) -> bool:
        """Whether an entry of that level goes anywhere."""
        return level >= self._least

    def emit(self, level: int, message: str, fields: dict[str, Any]) -> None:
        """Write one entry to the logs that take it; those that write alike share its line."""
        entry = {"level": _name_of(level), "ts": time.time(), "logger": self._name, "msg": message, **fields}
        line, encode = b"", None
        for log in self._logs:
            if level < log.level or (log.sampler is not None and not log.sampler.keeps(level, message)):
                continue
            if log.provenance is not None:
                log.sink.put(log.encode(log.provenance.added(entry, level)))
                continue
            if log.encode is not encode:
                encode = log.encode
                line = encode(entry)
            log.sink.put(line)


def _name_of(level: int) -> str:
    return _NAMES.get(level) or _NAMES[max(10, min(level // 10 * 10, 50))]


class Router:
    """All logs of a process."""

    def __init__(self, logs: Iterable[Log]) -> None:
        self.logs = list(logs)
        self._loggers: dict[str, Logger] = {}

    def logger(self, name: str) -> Logger:
        """The logger of that name; names come from the code and from the configuration, never from clients."""
        found = self._loggers.get(name)
        if found is None:
            found = self._loggers[name] = Logger(name, self.logs)
        return found

    def close(self) -> None:
        """Write out what is queued."""
        for sink in {log.sink for log in self.logs}:
            sink.close()
