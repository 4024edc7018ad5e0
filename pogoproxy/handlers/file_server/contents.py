"""The bytes of small files that are asked for often, kept as long as the file system says that they are the same.

Each request looks at the file (stat(2)); what is saved is opening, reading and closing it.
"""

from __future__ import annotations

import os
import stat
import time
from collections import OrderedDict
from collections.abc import Callable

_LARGEST = 64 * 1024
_MOST = 16 * 1024 * 1024
"""Bytes of one file and of all."""

_SETTLED = 2_000_000_000
"""Nanoseconds for which a file must have been left alone. Two changes within a tick of the file system's clock leave
the same time, so that a fresh file may change and look as before (git calls such entries racily clean)."""

_Signature = tuple[int, int, int, int, int]

_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


class Contents:
    """By path; the ones that were not asked for the longest go first."""

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[_Signature, bytes]] = OrderedDict()
        self._size = 0

    def of(self, path: str, info: os.stat_result) -> bytes | None:
        """The file's bytes as of `info`; None if it is too large, too fresh, no file, or cannot be read at once."""
        if info.st_size > _LARGEST:
            return None
        signature = _signature(info)
        kept = self._kept.get(path)
        if kept is not None and kept[0] == signature:
            self._kept.move_to_end(path)
            return kept[1]
        if not stat.S_ISREG(info.st_mode) or self._clock() - max(info.st_mtime_ns, info.st_ctime_ns) < _SETTLED:
            return None
        content = _read(path, signature)
        if content is not None:
            self._keep(path, signature, content)
        return content

    def _keep(self, path: str, signature: _Signature, content: bytes) -> None:
        before = self._kept.pop(path, None)
        self._size += len(content) - (len(before[1]) if before is not None else 0)
        self._kept[path] = signature, content
        while self._size > _MOST:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._size -= len(oldest)


def _signature(info: os.stat_result) -> _Signature:
    return info.st_dev, info.st_ino, info.st_mtime_ns, info.st_ctime_ns, info.st_size


def _read(path: str, signature: _Signature) -> bytes | None:
    """All bytes, if they are in the page cache and the file is the one that was looked at, before and after."""
    try:
        file = os.open(path, _FLAGS)
    except OSError:
        return None
    try:
        buffer = bytearray(signature[-1])
        count = os.preadv(file, [buffer], 0, os.RWF_NOWAIT) if buffer else 0
        is_same = _signature(os.fstat(file)) == signature
        return bytes(buffer) if count == len(buffer) and is_same else None
    except OSError:
        return None
    finally:
        os.close(file)
