"""A storage of named blobs in a folder, with the layout and the rights of Caddy's `file_system` storage."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ...errors import RuntimeFault
from .blocking import LIMIT, Blocking

T = TypeVar("T")

_SPELLED = ((" ", "_"), ("+", "_plus_"), ("*", "wildcard_"), (":", "-"), ("..", ""))
_UNSAFE = re.compile(r"[^\w@.-]", re.ASCII)


def safe(text: str) -> str:
    """A name as one part of a key: `*.example.com` is `wildcard_.example.com`."""
    text = text.lower().strip()
    for found, written in _SPELLED:
        text = text.replace(found, written)
    return _UNSAFE.sub("", text)


def default_root() -> Path:
    """Where the storage is unless configured: `$XDG_DATA_HOME/pogoproxy`, else `~/.local/share/pogoproxy`."""
    base = os.environ.get("XDG_DATA_HOME")
    home = os.environ.get("HOME")
    if base:
        return Path(base) / "pogoproxy"
    return Path(home) / ".local" / "share" / "pogoproxy" if home else Path("pogoproxy").resolve()


def make_private(folder: Path) -> None:
    """Make a folder and those above it that are missing, for this user only; `Path.mkdir` lets those above be read."""
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


class StorageFault(RuntimeFault):
    """The file system does not let us read or write."""


class FileStorage:
    """Blobs by keys such as `certificates/local/localhost/localhost.crt`, below `root`; shared with other processes.

    All methods but `within` block.
    """

    def __init__(self, root: Path, limit: float = LIMIT) -> None:
        self.root = root
        self._blocking = Blocking(f"storage {root}", limit)

    async def within(self, work: Callable[..., T], *args: object) -> T:
        """Have work with this storage done by a thread; Unanswered if it takes longer than the limit, in seconds."""
        return await self._blocking.run(work, *args)

    def path(self, key: str) -> Path:
        """The file of a key."""
        return self.root / key

    def load(self, key: str) -> bytes | None:
        """The blob, None if there is none; StorageFault if it cannot be read."""
        try:
            return self.path(key).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageFault(f"storage {self.root}: {key}: {error.strerror}") from error

    def store(self, key: str, blob: bytes) -> None:
        """Write the whole blob or nothing, for this user only; StorageFault if that cannot be."""
        path = self.path(key)
        try:
            make_private(path.parent)
            draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}.tmp")
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(fd, "wb") as file:
                    file.write(blob)
                    file.flush()
                    os.fsync(file.fileno())
                draft.replace(path)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StorageFault(f"storage {self.root}: {key}: {error.strerror}") from error

    def delete(self, key: str) -> None:
        """Remove a blob, if it is there."""
        self.path(key).unlink(missing_ok=True)
