"""A folder's entries as JSON and as text, for programs: byte for byte as Caddy writes them."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import msgspec

from .listing import Entry

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")

_MODES = (
    (stat.S_ISDIR, 1 << 31),
    (stat.S_ISLNK, 1 << 27),
    (stat.S_ISBLK, 1 << 26),
    (stat.S_ISCHR, 1 << 26 | 1 << 21),
    (stat.S_ISFIFO, 1 << 25),
    (stat.S_ISSOCK, 1 << 24),
)
_BITS = ((stat.S_ISUID, 1 << 23), (stat.S_ISGID, 1 << 22), (stat.S_ISVTX, 1 << 20))
_HTML = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"})


def as_json(entries: Sequence[Entry]) -> bytes:
    """A list of objects and a line end; what HTML would take for its own is escaped."""
    objects = [_object(entry) for entry in entries]
    return f"{msgspec.json.encode(objects).decode().translate(_HTML)}\n".encode()


def _object(entry: Entry) -> dict[str, Any]:
    found = {
        "name": readable(entry.name),
        "size": entry.size,
        "url": url(entry),
        "mod_time": _timestamp(entry.modified),
        "mode": go_mode(entry.mode),
        "is_dir": entry.is_folder,
        "is_symlink": entry.is_link,
    }
    return found | {"symlink_path": readable(entry.target)} if entry.target else found


def readable(name: str) -> str:
    """A name as text: bytes that are no UTF-8 are shown as unreadable."""
    return name if name.isascii() else name.encode(errors="surrogateescape").decode(errors="replace")


def url(entry: Entry) -> str:
    """The entry's URI relative to its folder; with `./`, since a colon in a name would make it a scheme."""
    return "./" + quote(entry.name.encode(errors="surrogateescape"), safe="/$&+,:;=@")


def _timestamp(nanoseconds: int) -> str:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment(seconds):%Y-%m-%dT%H:%M:%S}{fraction}Z"


def moment(seconds: int) -> datetime:
    """A time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def go_mode(mode: int) -> int:
    """The mode's bits as Go numbers them."""
    kind = next((bits for is_kind, bits in _MODES if is_kind(mode)), 0)
    return kind | sum(bits for bit, bits in _BITS if mode & bit) | mode & 0o777


def human_size(size: int) -> str:
    """In the largest unit that leaves at least one, with a decimal below ten."""
    power = 0
    value = float(size)
    while value >= 1024 and power < len(_UNITS) - 1:
        value /= 1024
        power += 1
    if not power:
        return f"{size} B"
    value = int(value * 10 + 0.5) / 10
    return f"{value:.1f} {_UNITS[power]}" if value < 10 else f"{value:.0f} {_UNITS[power]}"


def as_text(entries: Sequence[Entry]) -> bytes:
    """A table whose columns are aligned by tabs."""
    rows = [("Name", "Size", "Modified"), ("----", "----", "--------")]
    for entry in entries:
        at = moment(entry.modified // 1_000_000_000)
        modified = f"{at:%B} {at.day}, {at.year} at {at:%H:%M:%S}"
        rows.append((readable(entry.name), human_size(entry.size), modified))
    widths = [max(len(row[column]) for row in rows) // _TAB * _TAB + _TAB for column in range(2)]
    lines = ["".join(_tabbed(row[at], widths[at]) for at in range(2)) + row[2] for row in rows]
    return "".join(f"{line}\n" for line in lines).encode(errors="surrogateescape")


_TAB = 8


def _tabbed(cell: str, width: int) -> str:
    return cell + "\t" * -(-(width - len(cell)) // _TAB)
