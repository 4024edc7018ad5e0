"""Writers: where log entries go."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from ..adapt.adaptation import Adaptation
from ..adapt.weak import integer
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, flag, read_block, size, text
from ..errors import ConfigError
from ..module import Duration
from ..units import NANOSECONDS
from .log import Writer

T = TypeVar("T")

MEBIBYTE = 1024 * 1024
COMPRESSIONS = ("none", "gzip", "zstd")
UNKNOWN = "unrecognized subdirective '{}'"

_OCTAL = re.compile(r"[0-7]{1,10}")


class _Standard(Writer, frozen=True):
    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> Writer:
        """The name alone."""
        return cls()


class StdoutWriter(_Standard, frozen=True, tag="stdout"):
    """Standard output."""


class StderrWriter(_Standard, frozen=True, tag="stderr"):
    """Standard error."""


class DiscardWriter(_Standard, frozen=True, tag="discard"):
    """Nowhere."""


class NetWriter(Writer, frozen=True, tag="net"):
    """A socket; with `soft_start` it need not be there yet."""

    address: str = ""
    dial_timeout: Duration = 0
    soft_start: bool = False

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> NetWriter:
        """`net <address> { dial_timeout <duration>; soft_start }`."""
        address = cursor.only()
        return cls(address=address, **read_block(cursor, _NET, unknown=UNKNOWN))


_NET = {"dial_timeout": Row("dial_timeout", duration), "soft_start": Row("soft_start", flag)}


class FileWriter(Writer, frozen=True, tag="file"):
    """A file, which is rolled by size, by age and at set times, unless `roll` is False."""

    filename: str = ""
    mode: str = ""
    dir_mode: str = ""
    roll: bool | None = None
    roll_size_mb: int = 0
    roll_interval: Duration = 0
    roll_minutes: tuple[int, ...] = ()
    roll_at: tuple[str, ...] = ()
    roll_gzip: bool | None = None
    roll_compression: str = ""
    roll_local_time: bool = False
    roll_keep: int = 0
    roll_keep_days: int = 0
    backup_time_format: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> FileWriter:
        """`file <path> { mode, dir_mode, roll_size, roll_keep, … }`."""
        path = cursor.only()
        return cls(filename=path, **read_block(cursor, _FILE, unknown=UNKNOWN))


def file_mode(octal: str) -> str:
    """`644` as `0644`; empty for none, since that is the default; ValueError if it is no octal number."""
    if not _OCTAL.fullmatch(octal) or int(octal, 8) >= 2**32:
        raise ValueError(f'strconv.ParseUint: parsing "{octal:>04}": invalid syntax')
    return f"{int(octal, 8):04o}" if int(octal, 8) else ""


def _mode(line: Cursor) -> str:
    return _checked(line, file_mode, "parsing mode")


def _dir_mode(line: Cursor) -> str:
    mode = line.text().strip()
    if mode.lower() not in ("inherit", "from_file"):
        try:
            file_mode(mode)
        except ValueError as wrong:
            raise line.error(f"parsing dir_mode: {wrong}") from None
    return mode


def _compression(line: Cursor) -> str:
    name = line.text().strip().lower()
    if name not in COMPRESSIONS:
        raise line.error("parsing roll_compression: must be 'none', 'gzip' or 'zstd'")
    return name


def _size(line: Cursor) -> int:
    return -(-size(line) // MEBIBYTE)


def _days(line: Cursor) -> int:
    kept = duration(line)
    if kept < 0:
        raise line.error(f"negative roll_keep_for duration: {line.current.text}")
    return -(-kept // NANOSECONDS["d"])


def _keep(line: Cursor) -> int:
    return _checked(line, integer, "parsing roll_keep number")


def _minutes(line: Cursor) -> tuple[int, ...]:
    try:
        return tuple(integer(minute) for minute in _listed(line))
    except ValueError as wrong:
        raise line.error(f"parsing roll_minutes number: {wrong}") from None


def _listed(line: Cursor) -> tuple[str, ...]:
    """Arguments that may be lists with commas."""
    values = tuple(value.strip() for argument in line.texts(least=1) for value in argument.split(","))
    if not all(values):
        raise line.error(f"parsing {line.name}: empty value")
    return values


def _off(line: Cursor) -> bool:
    line.finish()
    return False


def _checked(line: Cursor, convert: Callable[[str], T], complaint: str) -> T:
    try:
        return convert(line.text())
    except (ValueError, ConfigError) as wrong:
        raise line.error(f"{complaint}: {wrong}") from None


_FILE = {
    "mode": Row("mode", _mode),
    "dir_mode": Row("dir_mode", _dir_mode),
    "roll_disabled": Row("roll", _off),
    "roll_size": Row("roll_size_mb", _size),
    "roll_uncompressed": Row("roll_gzip", _off),
    "roll_compression": Row("roll_compression", _compression),
    "roll_local_time": Row("roll_local_time", flag),
    "roll_keep": Row("roll_keep", _keep),
    "roll_keep_for": Row("roll_keep_days", _days),
    "roll_interval": Row("roll_interval", duration),
    "roll_minutes": Row("roll_minutes", _minutes),
    "roll_at": Row("roll_at", _listed),
    "backup_time_format": Row("backup_time_format", text),
}

WRITERS: tuple[type[Writer], ...] = (DiscardWriter, FileWriter, NetWriter, StderrWriter, StdoutWriter)
