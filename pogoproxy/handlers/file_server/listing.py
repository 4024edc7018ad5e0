"""What is in a folder, in the order that was asked for."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .hiding import Hides


@dataclass(frozen=True, slots=True)
class Entry:
    """A file or folder. `name` has a slash at its end for a folder, also behind a link; `target` is where a link leads.

    `size` in bytes is that of a link's target, `modified` in nanoseconds and `mode` are the link's own.
    """

    name: str
    size: int
    modified: int
    mode: int
    target: str = ""

    @property
    def is_folder(self) -> bool:
        """Whether it can be entered."""
        return self.name.endswith("/")

    @property
    def is_link(self) -> bool:
        """Whether it is a symbolic link."""
        return stat.S_ISLNK(self.mode)


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder's entries; `modified` in nanoseconds is when the folder or one of them last was."""

    entries: Sequence[Entry]
    modified: int


def read(folder: str, hides: Hides, limit: int, *, reveals_links: bool) -> Listing:
    """At most `limit` entries in the order of the file system, without those that are hidden; OSError if it cannot be.

    Reads each entry's state from the disk, so this is for a thread.
    """
    modified = os.stat(folder).st_mtime_ns  # noqa: PTH116
    with os.scandir(folder) as found:
        entries = list(_entries(islice(found, limit), hides, reveals_links=reveals_links))
    return Listing(entries, max([modified, *(entry.modified for entry in entries)]))


def _entries(found: Iterator[os.DirEntry[str]], hides: Hides, *, reveals_links: bool) -> Iterator[Entry]:
    for one in found:
        if hides(os.path.abspath(one.path)):  # noqa: PTH100
            continue
        try:
            info = one.stat(follow_symlinks=False)
        except OSError:
            continue  # gone since
        yield _entry(one, info, reveals_links=reveals_links)


def _entry(one: os.DirEntry[str], info: os.stat_result, *, reveals_links: bool) -> Entry:
    is_folder, size, target = stat.S_ISDIR(info.st_mode), info.st_size, ""
    if stat.S_ISLNK(info.st_mode):
        try:
            behind = os.stat(one.path)  # noqa: PTH116
            is_folder, size = stat.S_ISDIR(behind.st_mode), behind.st_size
        except OSError:
            pass  # it leads nowhere, and is shown as it is
        target = os.readlink(one.path) if reveals_links else ""  # noqa: PTH115
    name = one.name + "/" if is_folder else one.name
    return Entry(name, size, info.st_mtime_ns, info.st_mode, target)


def _by_size(entry: Entry) -> Any:
    # A folder's own size says nothing, so folders come first, by name.
    return (0, 0, entry.name.lower()) if entry.is_folder else (1, entry.size, "")


SORTS: Mapping[str, Callable[[Entry], Any]] = {
    "name": lambda entry: entry.name.lower(),
    "namedirfirst": lambda entry: (not entry.is_folder, entry.name.lower()),
    "size": _by_size,
    "time": lambda entry: entry.modified,
}
ORDERS = ("asc", "desc")


def ordered(entries: Sequence[Entry], sort: str, order: str) -> Sequence[Entry]:
    """Sorted; as they are if the sort is unknown, since it may be an old cookie's."""
    key = SORTS.get(sort)
    return entries if key is None else sorted(entries, key=key, reverse=order == "desc")
