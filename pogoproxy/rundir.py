"""The private run directory: our Unix sockets live there, and only this user may enter."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .errors import RuntimeFault

_LONGEST_SOCKET_PATH = 107  # sun_path in <sys/un.h>, less its final NUL
_LONGEST_NAME = 24


def base() -> Path:
    """The folder that holds the run directories of all instances of this user."""
    return Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"pogoproxy-{os.geteuid()}"


@contextlib.contextmanager
def run_directory(parent: Path | None = None) -> Iterator[Path]:
    """Make a run directory and remove it at the end, with those that killed instances left behind.

    RuntimeFault if that is impossible or unsafe.
    """
    parent = parent or base()
    try:
        with _locked(parent):
            _remove_stale(parent)
            made = Path(tempfile.mkdtemp(prefix="run-", dir=parent))
            held = _lock(made / "lock")
    except OSError as error:
        raise RuntimeFault(f"cannot make a run directory in {parent}: {error.strerror}") from error
    try:
        if len(os.fsencode(made)) + 1 + _LONGEST_NAME > _LONGEST_SOCKET_PATH:
            raise RuntimeFault(f"the run directory {made} has too long a path for Unix sockets: set XDG_RUNTIME_DIR")
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


@contextlib.contextmanager
def _locked(parent: Path) -> Iterator[None]:
    """Hold the parent's lock, so that nobody takes a directory for stale before its own lock is held."""
    parent.mkdir(mode=0o700, exist_ok=True)
    found = parent.lstat()
    # /tmp is shared: another user may have put a folder or a link of this name there to read our sockets.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise RuntimeFault(f"{parent} is not a private directory of this user")
    fd = _lock(parent / "lock", wait=True)
    try:
        yield
    finally:
        os.close(fd)


def _lock(path: Path, *, wait: bool = False) -> int:
    """Open and lock a file; the kernel releases it when this process ends, however it ends."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(fd)
        raise
    return fd


def _remove_stale(parent: Path) -> None:
    for left in parent.glob("run-*"):
        try:
            fd = _lock(left / "lock")
        except OSError:
            continue
        shutil.rmtree(left, ignore_errors=True)
        os.close(fd)
