from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pogoproxy.tls.keeping.files import FileStorage
from pogoproxy.tls.keeping.locks import locked


def left_behind(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "locks" / "issue_cert_a.lock"
    path.parent.mkdir()
    path.write_text(text)
    return path


async def test_a_lock_is_a_file_that_says_when_it_was_made(tmp_path: Path):
    async with locked(FileStorage(tmp_path), "issue_cert_*.example.com"):
        (path,) = (tmp_path / "locks").iterdir()
        assert path.name == "issue_cert_wildcard_.example.com.lock"
        assert datetime.fromisoformat(json.loads(path.read_text())["created"]).tzinfo is UTC
    assert not path.exists()


async def test_it_is_held_by_one(tmp_path: Path):
    inside = 0

    async def enter() -> None:
        nonlocal inside
        async with locked(FileStorage(tmp_path), "a"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.wait_for(asyncio.gather(enter(), enter(), enter()), 30)


@pytest.mark.parametrize("stamp", ["2026-01-02T03:04:05.123456789Z", "2026-01-02T03:04:05.123456789+01:00", "nonsense"])
async def test_a_lock_that_nobody_refreshes_is_taken_over(tmp_path: Path, stamp: str):
    left_behind(tmp_path, json.dumps({"created": stamp, "updated": stamp}))
    async with asyncio.timeout(10), locked(FileStorage(tmp_path), "issue_cert_a"):
        pass


async def test_a_lock_that_is_refreshed_is_respected(tmp_path: Path):
    stamp = (datetime.now(UTC) + timedelta(seconds=60)).isoformat().replace("+00:00", "123Z")
    path = left_behind(tmp_path, json.dumps({"created": stamp, "updated": stamp}))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), locked(FileStorage(tmp_path), "issue_cert_a"):
            pass
    assert path.exists()
