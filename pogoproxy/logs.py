"""The log of a process: an event and its key=value fields, one line each, on stderr.

On a terminal the lines are for people (local time, aligned); otherwise each is a JSON object with Caddy's keys
(`level`, `ts`, `logger`, `msg`), which collectors read. Every process writes its own lines: a line below PIPE_BUF
reaches a pipe whole.
"""

from __future__ import annotations

import json
import logging
import sys
import time

LEVELS = {"DEBUG": logging.DEBUG, "INFO": logging.INFO, "WARN": logging.WARNING, "ERROR": logging.ERROR}


class ConsoleFormatter(logging.Formatter):
    """`18:02:34.120 INFO  supervisor.loop  child ready role=…`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below it where there is one."""
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        head = f"{clock}.{int(record.msecs):03d} {_level(record).upper():5} {_logger(record)}  {record.getMessage()}"
        return head + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonFormatter(logging.Formatter):
    """Caddy's JSON lines."""

    def format(self, record: logging.LogRecord) -> str:
        """One object a line."""
        fields = {
            "level": _level(record),
            "ts": round(record.created, 6),
            "logger": _logger(record),
            "msg": record.getMessage(),
        }
        if record.exc_info:
            fields["stacktrace"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def _level(record: logging.LogRecord) -> str:
    return {"WARNING": "warn", "CRITICAL": "fatal"}.get(record.levelname, record.levelname.lower())


def _logger(record: logging.LogRecord) -> str:
    return record.name.removeprefix("pogoproxy.")


def set_up(level: int = logging.INFO) -> None:
    """Log to stderr from now on; replaces what was set up before."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(ConsoleFormatter() if sys.stderr.isatty() else JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
