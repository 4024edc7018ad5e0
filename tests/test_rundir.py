"""The run directory is private, and what killed instances left goes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pogoproxy.errors import RuntimeFault
from pogoproxy.rundir import run_directory


def test_it_is_private_and_goes_at_the_end(short_path: Path) -> None:
    with run_directory(short_path / "p") as made:
        assert stat.S_IMODE(made.stat().st_mode) == 0o700
        assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700
    assert not made.exists()


def test_a_living_instances_directory_stays_and_a_dead_ones_goes(short_path: Path) -> None:
    with run_directory(short_path / "p") as living:
        dead = living.parent / "run-dead"
        dead.mkdir()
        (dead / "lock").touch()
        (dead / "app.sock").touch()
        with run_directory(short_path / "p") as second:
            assert second != living
            assert living.exists()
            assert not dead.exists()


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir(mode=0o755)
    with pytest.raises(RuntimeFault, match="not a private directory"), run_directory(tmp_path / "p"):
        pass


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "p").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuntimeFault, match="not a private directory"), run_directory(tmp_path / "p"):
        pass


def test_an_unwritable_place_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = pytest.raises(RuntimeFault, match=r"cannot make a run directory in .*: Not a directory")
    with refused, run_directory(tmp_path / "file" / "p"):
        pass


def test_too_long_a_path_for_sockets_is_said(tmp_path: Path) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    with pytest.raises(RuntimeFault, match="too long a path"), run_directory(long / "p"):
        pass
