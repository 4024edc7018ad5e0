"""CPU quotas of containers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pogoproxy.supervisor.cpus import available_cpus

MACHINE = len(os.sched_getaffinity(0))


@pytest.mark.parametrize(("quota", "cpus"), [("50000 100000", 1), ("100000 100000", 1), ("max 100000", MACHINE)])
def test_the_quota_of_a_cgroup_counts(tmp_path: Path, quota: str, cpus: int) -> None:
    (tmp_path / "cpu.max").write_text(quota + "\n")
    assert available_cpus(tmp_path) == cpus


def test_the_quota_of_an_old_cgroup_counts(tmp_path: Path) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("100000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert available_cpus(tmp_path) == 1


def test_without_cgroups_the_affinity_counts(tmp_path: Path) -> None:
    assert available_cpus(tmp_path) == MACHINE
