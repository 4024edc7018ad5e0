"""Files that roll: when, how they are called, what is kept, and that no line is lost."""

from __future__ import annotations

import contextlib
import gzip
import multiprocessing
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.loggers.writers import FileWriter
from pogoproxy.logs.files import LogFile
from pogoproxy.logs.keeping import Keeper
from pogoproxy.logs.rolling import Rolling, is_backup, rolling_of

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC).timestamp()
PLAIN = {"compression": "none"}


def backups(path: Path) -> list[Path]:
    return sorted(other for other in path.parent.iterdir() if is_backup(path, other.name))


@pytest.mark.parametrize(
    ("rules", "size", "modified", "now", "why"),
    [
        ({}, 0, 0.0, NOON, ""),
        ({"size": 100}, 90, NOON, NOON, ""),
        ({"size": 100}, 91, NOON, NOON, "size"),
        ({"interval": 3600.0}, 1, NOON - 1, NOON + 1, "time"),
        ({"interval": 3600.0}, 1, NOON + 1, NOON + 2, ""),
        ({"minutes": (0, 30)}, 1, NOON + 1799, NOON + 1801, "time"),
        ({"minutes": (0, 30)}, 1, NOON + 1801, NOON + 1802, ""),
        ({"at": ((12, 0),)}, 1, NOON - 1, NOON, "time"),
        ({"at": ((12, 0),)}, 1, NOON, NOON + 86399, ""),
        ({"at": ((12, 0),)}, 1, NOON, NOON + 86400, "time"),
    ],
)
def test_a_file_is_rolled_when_it_is_full_or_a_set_time_has_passed(
    rules: dict[str, Any], size: int, modified: float, now: float, why: str
) -> None:
    assert Rolling(**rules).due(size, modified, 10, now) == why


def test_a_rolled_file_is_called_after_its_time_and_the_reason() -> None:
    path = Path("/l/access.log")
    backup = Rolling().backup(path, "size", NOON)
    assert backup == Path("/l/access-2026-01-02T12-00-00.000-size.log")
    assert is_backup(path, backup.name)
    assert is_backup(path, backup.name + ".gz")
    assert not is_backup(path, "access-other-2026-01-02T12-00-00.000-size.log")
    assert not is_backup(path, "access.log")


def test_the_newest_are_kept_unless_they_are_too_old() -> None:
    found = [(Path(str(age)), NOON - age * 86400) for age in (3, 1, 2, 9)]
    assert Rolling(keep=3, keep_days=2).superfluous(found, NOON) == [Path("3"), Path("9")]


def test_a_configuration_says_all_of_it() -> None:
    config = FileWriter(roll_size_mb=1, roll_keep=2, roll_keep_days=3, roll_gzip=False, roll_at=("00:30",))
    found = rolling_of(config)
    assert found == Rolling(size=1024 * 1024, keep=2, keep_days=3, compression="none", at=((0, 30),))
    assert rolling_of(FileWriter(roll=False)) is None


def test_lines_go_on_in_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write = LogFile(path, rolling=Rolling(size=10, **PLAIN), clock=lambda: NOON)
    for line in (b"first\n", b"second\n"):
        write(line)
    (backup,) = backups(path)
    assert (backup.read_bytes(), path.read_bytes()) == (b"first\n", b"second\n")


def test_two_writers_of_one_file_lose_nothing_when_either_rolls_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    now = [NOON]

    def clock() -> float:
        now[0] += 1
        return now[0]

    writers = [LogFile(path, rolling=Rolling(size=20, keep=1000, **PLAIN), clock=clock) for _ in range(2)]
    for number in range(20):
        writers[number % 2](b"line %2d\n" % number)
    lines = [line for file in (*backups(path), path) for line in file.read_bytes().splitlines()]
    assert sorted(lines) == [b"line %2d" % number for number in range(20)]


def _write_many(path: Path, name: str) -> None:
    write = LogFile(path, rolling=Rolling(size=4096, keep=100_000))
    for number in range(300):
        with contextlib.suppress(OSError):
            write(f"{name} {number}\n".encode() * 3)


@pytest.mark.timeout(60)
def test_processes_that_write_roll_and_compress_one_file_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write_many, args=(path, name)) for name in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(50)
    Keeper(path, Rolling(keep=100_000), time.time).tidy()
    texts = [gzip.decompress(backup.read_bytes()) for backup in backups(path)]
    lines = [line for text in (*texts, path.read_bytes()) for line in text.splitlines()]
    assert len(texts) > 1
    assert sorted(lines) == sorted(f"{name} {number}".encode() for name in "ab" for number in range(300) for _ in "abc")


@pytest.mark.parametrize(("compression", "ending"), [("gzip", ".gz"), ("zstd", ".zst")])
def test_rolled_files_are_compressed_and_the_oldest_deleted(tmp_path: Path, compression: str, ending: str) -> None:
    path = tmp_path / "a.log"
    for age in range(4):
        backup = tmp_path / f"a-2026-01-0{age + 1}T00-00-00.000-size.log"
        backup.write_bytes(b"x" * 1000)
        backup.chmod(0o640)
        os.utime(backup, (NOON - age, NOON - age))
    Keeper(path, Rolling(keep=2, compression=compression), lambda: NOON).tidy()
    assert [backup.name for backup in backups(path)] == [
        f"a-2026-01-0{n}T00-00-00.000-size.log{ending}" for n in (1, 2)
    ]
    newest = backups(path)[0].stat()
    assert (newest.st_mtime, newest.st_mode & 0o777) == (NOON, 0o640)


def test_a_file_that_was_moved_away_is_opened_anew(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "access.log"
    write = LogFile(path)
    write(b"first\n")
    path.rename(tmp_path / "old.log")
    write(b"second\n")
    assert path.read_bytes() == b"second\n"
    assert (tmp_path / "old.log").read_bytes() == b"first\n"


@pytest.mark.parametrize(
    ("mode", "folder_mode", "wanted"),
    [
        (None, "", (0o600, 0o700)),
        (0o644, "", (0o644, 0o700)),
        (0o640, "from_file", (0o640, 0o750)),
        (None, "755", (0o600, 0o755)),
        (None, "inherit", (0o600, 0o750)),
    ],
)
def test_files_and_folders_have_the_modes_that_are_asked_for(
    tmp_path: Path, mode: int | None, folder_mode: str, wanted: tuple[int, int]
) -> None:
    tmp_path.chmod(0o750)
    path = tmp_path / "new" / "a.log"
    LogFile(path, mode, folder_mode)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == wanted


def test_a_file_that_cannot_be_renamed_grows(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    write = LogFile(path, rolling=Rolling(size=10, time_format="2006" + "-" * 300))
    write(b"first\n")
    write(b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"


def test_an_existing_file_gets_the_mode_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.touch(0o600)
    LogFile(path, 0o644)
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_file_that_cannot_be_opened_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeFault, match="cannot open log file"):
        LogFile(tmp_path / "file" / "a.log")
