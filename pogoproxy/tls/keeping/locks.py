"""Locks in a file storage, which other processes and hosts on the same file system respect, Caddy among them.

A lock is a file that says when it was made and last refreshed. Its holder refreshes it; one that is no longer refreshed
was left behind, and is removed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from .files import FileStorage, make_private, safe

FRESH = 5.0
"""Seconds between refreshments; after twice this a lock is stale. Caddy has the same figure."""

_POLL = 1.0


@contextlib.asynccontextmanager
async def locked(storage: FileStorage, name: str) -> AsyncIterator[None]:
    """Hold the lock of that name, waiting for it as long as another one refreshes it."""
    path = storage.path(f"locks/{safe(name)}.lock")
    make_private(path.parent)
    while not _taken(path):
        if _is_stale(path):
            path.unlink(missing_ok=True)
        else:
            await asyncio.sleep(_POLL)
    refreshing = asyncio.create_task(_refresh(path))
    try:
        yield
    finally:
        refreshing.cancel()
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


async def _refresh(path: Path) -> None:
    created = _now()
    while True:
        await asyncio.sleep(FRESH)
        with contextlib.suppress(OSError):
            _rewrite(path, _written(created, _now()))


def _rewrite(path: Path, text: str) -> None:
    """Change a file that is there; FileNotFoundError if it is gone, so that no lock rises from the dead."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_TRUNC), "w") as file:
        file.write(text)


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _written(created: str, updated: str) -> str:
    return json.dumps({"created": created, "updated": updated}) + "\n"
