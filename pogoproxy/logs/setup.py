"""From the config's `logging` to the router of this process, and Python's own logging into it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import msgspec

from ..config.root import Logging
from ..errors import ConfigError
from ..loggers.log import DEFAULT_LOG
from ..loggers.log import Log as LogConfig
from . import encoders, sinks
from .encoders import Encoder
from .router import LEVELS, Log, Router
from .sinks import Sink

_STDERR: dict[str, Any] = {"output": "stderr"}


class Handler(logging.Handler):
    """Python's logging into the router; our own modules are named without `pogoproxy.`."""

    def __init__(self, router: Router) -> None:
        super().__init__()
        self._router = router

    def close(self) -> None:
        """Write out what is queued."""
        self._router.close()
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Pass the record on."""
        stack = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        fields = {"stacktrace": stack} if stack else {}
        logger = self._router.logger(record.name.removeprefix("pogoproxy."))
        if logger.takes(record.levelno):
            logger.emit(record.levelno, record.getMessage(), fields)


def install(router: Router) -> None:
    """Log by this router from now on; the one before is closed."""
    least = min((log.level for log in router.logs), default=logging.INFO)
    logging.basicConfig(level=least, handlers=[Handler(router)], force=True)


def router_of(config: Logging | None) -> Router:
    """All logs of a config; the default one writes to stderr where nothing else is said.

    ConfigError for what we cannot do, RuntimeFault for a file that we may not open.
    """
    made: dict[bytes, Sink] = {}
    wanted = {DEFAULT_LOG: LogConfig(), **(config.logs if config else {})}
    return Router(_log(name, log, made) for name, log in wanted.items())


def _log(name: str, config: LogConfig, made: dict[bytes, Sink]) -> Log:
    path = f"logging.logs.{name}"
    writer = _guest(config.writer, _STDERR)
    key = msgspec.json.encode(writer, order="sorted")
    if key not in made:
        made[key] = Sink(_write(writer, path))
    level = LEVELS.get(config.level.upper() or "INFO")
    if level is None:
        raise ConfigError(f"unrecognized log level: {config.level}", path=path)
    if config.sampling is not None or not isinstance(config.core, msgspec.UnsetType):
        raise ConfigError("sampling and cores of logs are understood but not supported yet", path=path)
    encode = _encode(_guest(config.encoder, {}), writer, path)
    return Log(made[key], encode, level, config.include, config.exclude)


def _guest(raw: msgspec.Raw | msgspec.UnsetType, default: dict[str, Any]) -> dict[str, Any]:
    return default if isinstance(raw, msgspec.UnsetType) else msgspec.json.decode(raw, type=dict[str, Any])


def _write(writer: dict[str, Any], path: str) -> sinks.Write:
    match writer.get("output"):
        case "stderr":
            return sinks.to_descriptor(2)
        case "stdout":
            return sinks.to_descriptor(1)
        case "discard":
            return sinks.discard
        case "file":
            _refuse_rolling(writer, path)
            return sinks.to_file(Path(writer.get("filename", "")), int(str(writer.get("mode") or "600"), 8))
    raise ConfigError(f"log output {writer.get('output')} is understood but not supported yet", path=path)


def _refuse_rolling(writer: dict[str, Any], path: str) -> None:
    """Files grow until somebody moves them away; `roll_disabled` says that this is meant."""
    asked = sorted(key for key in writer if key.startswith("roll_") or key == "dir_mode")
    if asked:
        raise ConfigError(f"{asked[0]} of a log file is understood but not supported yet: use logrotate", path=path)


def _encode(encoder: dict[str, Any], writer: dict[str, Any], path: str) -> Encoder:
    """Caddy's default: for people on a terminal, JSON elsewhere."""
    options = set(encoder) - {"format"}
    if options:
        raise ConfigError(f"{min(options)} of a log's format is understood but not supported yet", path=path)
    match encoder.get("format"):
        case None:
            stream = {"stderr": sys.stderr, "stdout": sys.stdout}.get(str(writer.get("output")))
            return encoders.console if stream is not None and stream.isatty() else encoders.json
        case "console":
            return encoders.console
        case "json":
            return encoders.json
    raise ConfigError(f"log format {encoder.get('format')} is understood but not supported yet", path=path)
