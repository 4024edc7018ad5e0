"""Locks in a file storage, which other processes and hosts on the same file system respect, Caddy among them.

A lock is a file that says when it was made and last refreshed. Its holder refreshes it; one that is no longer refreshed
was left behind, and is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from ...errors import RuntimeFault
from .files import FileStorage, StorageFault, make_private, safe

log = logging.getLogger(__name__)

FRESH = 5.0
"""Seconds between refreshments; after twice this a lock is stale. Caddy has the same figure."""

_POLL = 1.0


@contextlib.asynccontextmanager
async def locked(storage: FileStorage, name: str) -> AsyncIterator[None]:
    """Hold the lock of that name, waiting for it as long as another one refreshes it; RuntimeFault if that fails."""
    path = storage.path(f"locks/{safe(name)}.lock")
    while not await storage.within(_taken_or_freed, path):  # noqa: ASYNC110
        await asyncio.sleep(_POLL)
    refreshing = asyncio.create_task(_refresh(storage, path))
    try:
        yield
    finally:
        refreshing.cancel()
        try:
            await storage.within(_freed, path)
        except RuntimeFault as error:
            log.warning("lock left behind name=%s error=%s", name, error)


def _taken_or_freed(path: Path) -> bool:
    """Whether the lock is ours now; one that was left behind is removed and tried again."""
    try:
        make_private(path.parent)
        while not _taken(path):
            if not _is_stale(path):
                return False
            _freed(path)
    except OSError as error:
        raise StorageFault(f"{path}: {error.strerror}") from error
    return True


def _freed(path: Path) -> None:
    path.unlink(missing_ok=True)


def _taken(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(fd, "w") as file:
        file.write(_written(_now(), _now()))
    return True


def _is_stale(path: Path) -> bool:
    """Whether its holder is gone. An empty one counts from its file's time: it is being written right now, or never."""
    try:
        text = path.read_text()
        refreshed = _parsed(text) if text.strip() else path.stat().st_mtime
    except FileNotFoundError:
        return False
    return time.time() - refreshed > 2 * FRESH


def _parsed(text: str) -> float:
    try:
        said = json.loads(text)
        stamp = str(said.get("updated") or said["created"])
        # Go writes nanoseconds, of which fromisoformat reads no more than six digits.
        whole, dot, rest = stamp.partition(".")
        digits = rest[:6] if dot else ""
        zone = rest.lstrip("0123456789") if dot else ""
        return datetime.fromisoformat(f"{whole}{'.' + digits.rstrip('Z+-:') if digits else ''}{zone or ''}").timestamp()
    except (ValueError, KeyError, AttributeError):
        return 0.0


async def _refresh(storage: FileStorage, path: Path) -> None:
    created = _now()
    while True:
        await asyncio.sleep(FRESH)
        with contextlib.suppress(OSError, RuntimeFault):
            await storage.within(_rewrite, path, _written(created, _now()))


def _rewrite(path: Path, text: str) -> None:
    """Change a file that is there; FileNotFoundError if it is gone, so that no lock rises from the dead."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(text)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _written(created: str, updated: str) -> str:
    return json.dumps({"created": created, "updated": updated}) + "\n"
