"""Small files in memory: as long as the file system says that they are the same, and no longer."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pogoproxy.handlers.file_server import contents
from pogoproxy.handlers.file_server.contents import Contents

LATER = 10_000_000_000


def settled() -> Contents:
    """Contents some time after all files were written."""
    return Contents(lambda: time.time_ns() + LATER)


def read(made: Contents, path: Path) -> bytes | None:
    return made.of(str(path), path.stat())


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path, made = tmp_path / "a", settled()
    path.write_bytes(b"one")
    first = read(made, path)
    assert first == b"one"
    assert read(made, path) is first
    path.write_bytes(b"two")
    assert read(made, path) == b"two"


def test_a_file_that_is_replaced_with_its_times_and_size_is_another(tmp_path: Path) -> None:
    path, made = tmp_path / "a", settled()
    path.write_bytes(b"one")
    before = path.stat()
    assert read(made, path) == b"one"
    (tmp_path / "b").write_bytes(b"two")
    os.utime(tmp_path / "b", ns=(before.st_atime_ns, before.st_mtime_ns))
    (tmp_path / "b").rename(path)
    assert read(made, path) == b"two"


def test_a_fresh_file_may_still_change_and_look_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    modified = path.stat().st_mtime_ns
    assert read(Contents(lambda: modified + 1_000_000_000), path) is None


def test_what_is_large_or_no_file_is_not_kept(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(contents, "_LARGEST", 3)
    made = settled()
    (tmp_path / "large").write_bytes(b"four")
    os.mkfifo(tmp_path / "pipe")
    assert read(made, tmp_path / "large") is None
    assert read(made, tmp_path / "pipe") is None
    assert read(made, tmp_path) is None


def test_the_memory_is_bounded(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(contents, "_MOST", 10)
    made = settled()
    for name in "abc":
        (tmp_path / name).write_bytes(b"12345")
        assert read(made, tmp_path / name) == b"12345"
    assert [Path(path).name for path in made._kept] == ["b", "c"]
