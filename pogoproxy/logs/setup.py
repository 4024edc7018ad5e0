"""From the config's `logging` to the router of this process, and Python's own logging into it."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TypeVar

import msgspec

from ..config.root import Logging
from ..errors import ConfigError
from ..http.placeholders import fill_globally
from ..loggers.encoders import AppendEncoder, ConsoleEncoder, EntryEncoder, FilterEncoder, JournaldEncoder
from ..loggers.filters import Filter
from ..loggers.log import DEFAULT_LOG, Core, Encoder, Sampling, Writer
from ..loggers.log import Log as LogConfig
from ..loggers.writers import DiscardWriter, FileWriter, NetWriter, StderrWriter, StdoutWriter
from ..module import Module, cannot_run
from ..standard import REGISTRY
from ..units import seconds
from . import encoders, sinks
from .events import event
from .field_filters import filter_of
from .files import LogFile
from .provenance import NEVER, Provenance
from .rolling import rolling_of
from .router import LEVELS, Log, Router
from .sampling import Sampler
from .sinks import Sink
from .sockets import SocketWriter
from .wrapping import appending, before_journald, filtering

M = TypeVar("M", bound=Module)


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
        logger = self._router.logger(record.name.removeprefix("pogoproxy."))
        if not logger.takes(record.levelno):
            return
        words, fields = event(record)
        if record.exc_info:
            fields["stacktrace"] = logging.Formatter().formatException(record.exc_info)
        logger.emit(record.levelno, words, fields)


def install(router: Router) -> None:
    """Log by this router from now on; the one before is closed."""
    least = min((log.level for log in router.logs), default=logging.INFO)
    logging.basicConfig(level=least, handlers=[Handler(router)], force=True)


def router_of(config: Logging | None) -> Router:
    """All logs of a config; the default one writes to stderr where nothing else is said.

    ConfigError for what we cannot do, RuntimeFault for a file that we may not open or a socket that nobody has.
    """
    made: dict[bytes, Sink] = {}
    wanted = {DEFAULT_LOG: LogConfig(), **(config.logs if config else {})}
    try:
        return Router(_placed(name, log, made) for name, log in wanted.items())
    except BaseException:
        for sink in made.values():
            sink.close()
        raise


def _placed(name: str, config: LogConfig, made: dict[bytes, Sink]) -> Log:
    try:
        return _log(name, config, made)
    except ConfigError as mistake:
        mistake.path = mistake.path or f"logging.logs.{name}"
        raise


def _log(name: str, config: LogConfig, made: dict[bytes, Sink]) -> Log:
    writer = _guest(Writer, config.writer) or StderrWriter()
    key = msgspec.json.encode(writer, order="sorted")
    if key not in made:
        write = _write(writer)
        made[key] = Sink(write, name=name, close=getattr(write, "close", None))
    if not isinstance(config.core, msgspec.UnsetType):
        _guest(Core, config.core)
    _check_names(config)
    return Log(
        made[key],
        _encode(_guest(Encoder, config.encoder), writer),
        _level(config.level),
        config.include,
        config.exclude,
        sampler=_sampler(config.sampling),
        provenance=_provenance(config),
    )


def _guest(base: type[M], raw: msgspec.Raw | msgspec.UnsetType) -> M | None:
    return None if isinstance(raw, msgspec.UnsetType) else REGISTRY.guest(base, raw)


def _level(name: str) -> int:
    level = LEVELS.get(fill_globally(name).upper() or "INFO")
    if level is None:
        raise ConfigError(f"unrecognized log level: {name}")
    return level


def _check_names(config: LogConfig) -> None:
    """ConfigError for lists that contradict each other: each name is to be a rule or an exception to one."""
    if not config.include or not config.exclude:
        return
    for name in config.include:
        if name in config.exclude:
            raise ConfigError(f"include and exclude must not intersect, but found {name} in both lists")
        if not any(f"{name}.".startswith(f"{o}.") or f"{o}.".startswith(f"{name}.") for o in config.exclude):
            raise ConfigError(
                "when both include and exclude are populated, each element must be a superspace or subspace of one"
                f" in the other list; check '{name}' in include"
            )


def _sampler(config: Sampling | None) -> Sampler | None:
    """Caddy's defaults: of each second the first hundred, then every hundredth."""
    if config is None:
        return None
    return Sampler((config.interval or 1_000_000_000) / 1e9, config.first or 100, config.thereafter or 100)


def _provenance(config: LogConfig) -> Provenance | None:
    if not config.with_caller and not config.with_stacktrace:
        return None
    stack_level = _level(config.with_stacktrace) if config.with_stacktrace else NEVER
    return Provenance(config.with_caller, config.with_caller_skip, stack_level)


def _write(writer: Writer) -> sinks.Write:
    match writer:
        case StdoutWriter():
            return sinks.to_stream(1)
        case StderrWriter():
            return sinks.to_stream(2)
        case DiscardWriter():
            return sinks.discard
        case FileWriter():
            path = Path(fill_globally(writer.filename))
            mode = int(writer.mode, 8) if writer.mode else None
            return LogFile(path, mode, writer.dir_mode, rolling_of(writer))
        case NetWriter():
            address = fill_globally(writer.address)
            return SocketWriter(address, seconds(writer.dial_timeout), soft_start=writer.soft_start)
    raise cannot_run(writer)


def _encode(config: Encoder | None, writer: Writer) -> encoders.Encoder:
    match config:
        case None:
            return _default_encoder(writer)
        case EntryEncoder():
            return encoders.encoder_of(config)
        case AppendEncoder():
            return appending(config.fields, _wrapped(config.wrap, writer))
        case JournaldEncoder():
            return before_journald(_without_time(_guest(Encoder, config.wrap), writer))
        case FilterEncoder():
            filters = {name: filter_of(REGISTRY.guest(Filter, raw)) for name, raw in config.fields.items()}
            return filtering(filters, _wrapped(config.wrap, writer))
    raise cannot_run(config)


def _wrapped(raw: msgspec.Raw | msgspec.UnsetType, writer: Writer) -> encoders.Encoder:
    return _encode(_guest(Encoder, raw), writer)


def _without_time(config: Encoder | None, writer: Writer) -> encoders.Encoder:
    """Lines for people without the time, which journald has itself."""
    if isinstance(config, ConsoleEncoder):
        config = msgspec.structs.replace(config, time_key="")
    return _encode(config, writer)


def _default_encoder(writer: Writer) -> encoders.Encoder:
    """For people on a terminal, JSON elsewhere."""
    stream = sys.stderr if isinstance(writer, StderrWriter) else sys.stdout
    if isinstance(writer, StdoutWriter | StderrWriter) and stream.isatty():
        return encoders.console(is_colored="NO_COLOR" not in os.environ)
    return encoders.json
