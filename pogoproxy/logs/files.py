"""Log files, which several processes append to and any of them rolls.

Theory of operation. Who writes holds a shared lock on the open file, who renames it an exclusive one, and whoever
gets a lock looks whether the file is still the one of that name. So nothing is written to a file that was rolled, and
it can be compressed in peace. A file that somebody else has moved away, as logrotate does, is opened anew.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import RuntimeFault
from .keeping import Keeper
from .rolling import Rolling
from .sinks import to_descriptor

_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


class LogFile:
    """`LogFile(…)` opens, RuntimeFault if that cannot be; calling it appends, OSError if that cannot be."""

    def __init__(
        self,
        path: Path,
        mode: int | None = None,
        folder_mode: str = "",
        rolling: Rolling | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._mode = mode
        self._rolling = rolling
        self._keeper = Keeper(path, rolling, clock) if rolling is not None else None
        self._clock = clock
        try:
            _make_folder(path.parent, folder_mode, mode or _MODE)
            self._fd = self._opened()
        except OSError as error:
            raise RuntimeFault(f"cannot open log file {path}: {error.strerror}") from error

    def _opened(self) -> int:
        fd = os.open(self._path, _FLAGS, self._mode or _MODE)
        if self._mode is not None and os.fstat(fd).st_mode & 0o777 != self._mode & 0o777:
            os.fchmod(fd, self._mode)
        return fd

    def __call__(self, data: bytes) -> None:
        """Append, to a new file if it is time for one."""
        self._roll_if_due(len(data))
        with self._locked(fcntl.LOCK_SH):
            to_descriptor(self._fd)(data)

    def close(self) -> None:
        """Close the file; what was rolled is still looked after."""
        os.close(self._fd)

    @contextlib.contextmanager
    def _locked(self, kind: int) -> Iterator[None]:
        """A lock on the file that has the name now."""
        while True:
            fcntl.flock(self._fd, kind)
            if not self._is_moved():
                break
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            before, self._fd = self._fd, self._opened()
            os.close(before)
        locked = self._fd
        try:
            yield
        finally:
            fcntl.flock(locked, fcntl.LOCK_UN)
            if locked != self._fd:
                os.close(locked)

    def _is_moved(self) -> bool:
        try:
            return self._path.stat().st_ino != os.fstat(self._fd).st_ino
        except FileNotFoundError:
            return True

    def _due(self, more: int) -> str:
        info = os.fstat(self._fd)
        return self._rolling.due(info.st_size, info.st_mtime, more, self._clock()) if self._rolling is not None else ""

    def _roll_if_due(self, more: int) -> None:
        if self._rolling is None or self._keeper is None or not self._due(more):
            return
        # If the folder does not let us rename, the file grows: better than losing lines.
        with contextlib.suppress(OSError), self._locked(fcntl.LOCK_EX):
            why = self._due(more)  # another process may have been faster
            if why:
                self._path.rename(self._rolling.backup(self._path, why, self._clock()))
                self._fd = self._opened()
                self._keeper.start()


def _make_folder(folder: Path, mode: str, file_mode: int) -> None:
    """The folder and those above it that are missing: `mode` is octal, `inherit` or `from_file`; 0700 by default."""
    if folder.is_dir():
        return
    match mode.strip().lower():
        case "" | "0":
            bits = 0o700
        case "inherit":
            bits = _searchable(next(parent for parent in folder.parents if parent.is_dir()).stat().st_mode & 0o777)
        case "from_file":
            bits = _searchable(file_mode & 0o777) | 0o200
        case octal:
            bits = int(octal, 8)
    for missing in reversed([folder, *(parent for parent in folder.parents if not parent.is_dir())]):
        missing.mkdir(mode=bits, exist_ok=True)


def _searchable(mode: int) -> int:
    """Whoever may read a folder may enter it."""
    return mode | (mode & 0o444) >> 2
