"""When a log file is rolled, what it is called then, and which of the rolled ones go. Decides only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..errors import ConfigError
from ..loggers.writers import COMPRESSIONS, FileWriter
from ..units import seconds
from .layout import layout, moment

_MEBIBYTE = 1024 * 1024
_DAY = 86400
_TIME_FORMAT = "2006-01-02T15-04-05.000"

ENDINGS = {"none": "", "gzip": ".gz", "zstd": ".zst"}
"""What the names of compressed files end in."""


@dataclass(frozen=True, slots=True)
class Rolling:
    """The rules; defaults are Caddy's. `size` in bytes, `interval` in seconds, `at` in hours and minutes."""

    size: int = 100 * _MEBIBYTE
    interval: float = 0.0
    minutes: tuple[int, ...] = ()
    at: tuple[tuple[int, int], ...] = ()
    keep: int = 10
    keep_days: int = 90
    compression: str = "gzip"
    is_local: bool = False
    time_format: str = _TIME_FORMAT

    def due(self, size: int, modified: float, more: int, now: float) -> str:
        """Why a file of `size` bytes, written to last at `modified`, is rolled before `more` go in; or nothing."""
        if not size:
            return ""
        if size + more > self.size:
            return "size"
        return "time" if modified < self._last_moment(now) else ""

    def _last_moment(self, now: float) -> float:
        """The last of the set times; what counts is whether the file was written to before it, so that no process
        has to remember anything."""
        here = moment(now, local=self.is_local)
        moments = [now - now % self.interval] if self.interval else []
        moments += [_last(here.replace(minute=minute, second=0, microsecond=0), here, 3600) for minute in self.minutes]
        for hour, minute in self.at:
            moments.append(_last(here.replace(hour=hour, minute=minute, second=0, microsecond=0), here, _DAY))
        return max(moments, default=0.0)

    def backup(self, path: Path, why: str, now: float) -> Path:
        """What the file is called once it is rolled."""
        when = layout(self.time_format)(moment(now, local=self.is_local))
        return path.with_name(f"{path.stem}-{when}-{why}{path.suffix}")

    def superfluous(self, backups: Iterable[tuple[Path, float]], now: float) -> list[Path]:
        """Of the rolled files with their times, those that are too many or too old."""
        newest = sorted(backups, key=lambda backup: backup[1], reverse=True)
        oldest = now - self.keep_days * _DAY
        return [path for place, (path, modified) in enumerate(newest) if place >= self.keep or modified < oldest]


def _last(candidate: datetime, now: datetime, period: int) -> float:
    return (candidate if candidate <= now else candidate - timedelta(seconds=period)).timestamp()


def is_backup(path: Path, name: str) -> bool:
    """Whether a file's name is that of `path` rolled, compressed or not: a time stands where letters would not."""
    pattern = rf"{re.escape(path.stem)}-\d[^/]*-(?:size|time){re.escape(path.suffix)}(?:\.gz|\.zst)?"
    return re.fullmatch(pattern, name) is not None


def rolling_of(config: FileWriter) -> Rolling | None:
    """What a configuration says, None if the file just grows; ConfigError for times that are none."""
    if config.roll is False:
        return None
    compression = config.roll_compression.strip().lower() or ("none" if config.roll_gzip is False else "gzip")
    if compression not in COMPRESSIONS:
        raise ConfigError(f"invalid roll_compression: {config.roll_compression}")
    if not all(0 <= minute < 60 for minute in config.roll_minutes):
        raise ConfigError(f"roll_minutes are from 0 to 59: {config.roll_minutes}")
    sample = layout(config.backup_time_format or _TIME_FORMAT)(moment(0.0, local=False))
    if not sample[:1].isdigit() or "/" in sample:
        raise ConfigError(
            f"backup_time_format must begin with a number and have no slash: {config.backup_time_format!r}"
        )
    return Rolling(
        size=(config.roll_size_mb or 100) * _MEBIBYTE,
        interval=seconds(config.roll_interval),
        minutes=config.roll_minutes,
        at=tuple(map(_clock_time, config.roll_at)),
        keep=config.roll_keep or 10,
        keep_days=config.roll_keep_days or 90,
        compression=compression,
        is_local=config.roll_local_time,
        time_format=config.backup_time_format or _TIME_FORMAT,
    )


def _clock_time(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text)
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise ConfigError(f"roll_at is a time such as 00:00: {text!r}")
    return int(found[1]), int(found[2])
