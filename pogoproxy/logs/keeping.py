"""What becomes of rolled log files: compressed, and in the end deleted; in the background, for it takes long."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, cast

from .rolling import ENDINGS, Rolling, is_backup

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_PIECE = 1024 * 1024


class Keeper:
    """Looks after the rolled files of one log file; several processes may do so at once."""

    def __init__(self, path: Path, rolling: Rolling, clock: Callable[[], float]) -> None:
        self._path = path
        self._rolling = rolling
        self._clock = clock
        self._asked = threading.Event()
        self._is_working = threading.Lock()

    def start(self) -> None:
        """Look after them in a thread of its own; one that is at work already looks once more."""
        self._asked.set()
        threading.Thread(target=self._work, name="log files", daemon=True).start()

    def _work(self) -> None:
        if not self._is_working.acquire(blocking=False):
            return
        try:
            while self._asked.is_set():
                self._asked.clear()
                with contextlib.suppress(OSError):  # tried again when the next file is rolled
                    self.tidy()
        finally:
            self._is_working.release()

    def tidy(self) -> None:
        """Delete what is superfluous, and compress the rest."""
        found = [path for path in self._path.parent.iterdir() if is_backup(self._path, path.name)]
        times = [(path, path.stat().st_mtime) for path in found]
        superfluous = self._rolling.superfluous(times, self._clock())
        for path in superfluous:
            path.unlink(missing_ok=True)
        if self._rolling.compression != "none":
            for path in set(found).difference(superfluous):
                if path.suffix not in (".gz", ".zst"):
                    _compress(path, self._rolling.compression)


def _compress(path: Path, compression: str) -> None:
    """Put the file into a compressed one with the same mode and time; whole under its new name, or not at all."""
    target = path.with_name(path.name + ENDINGS[compression])
    partial = target.with_name(target.name + ".partial")
    with path.open("rb") as source:
        # Until the last writer that had it open under its old name is done.
        fcntl.flock(source, fcntl.LOCK_EX)
        info = os.fstat(source.fileno())
        if not info.st_nlink:  # another process has done it
            return
        with partial.open("wb") as raw, _compressing(raw, compression) as sink:
            os.fchmod(raw.fileno(), info.st_mode & 0o777)
            shutil.copyfileobj(source, sink, _PIECE)
        os.utime(partial, ns=(info.st_atime_ns, info.st_mtime_ns))
        partial.rename(target)
        path.unlink(missing_ok=True)


def _compressing(raw: IO[bytes], compression: str) -> IO[bytes]:
    made = zstd.ZstdFile(raw, "wb") if compression == "zstd" else gzip.GzipFile(fileobj=raw, mode="wb", filename="")
    return cast(IO[bytes], made)
