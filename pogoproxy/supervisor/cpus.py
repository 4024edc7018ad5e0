"""How many CPUs this process may use, which in a container is not how many the machine has."""

from __future__ import annotations

import math
import os
from pathlib import Path


def available_cpus(cgroups: Path = Path("/sys/fs/cgroup")) -> int:
    """CPUs by affinity and by the cgroup's quota (v2, else v1), rounded up; at least one."""
    allowed = len(os.sched_getaffinity(0))
    return max(1, math.ceil(min(allowed, _quota(cgroups))))


def _quota(cgroups: Path) -> float:
    try:
        quota, period = (cgroups / "cpu.max").read_text().split()
    except (OSError, ValueError):
        quota, period = _first_version(cgroups / "cpu")
    return int(quota) / int(period) if quota.isdigit() and int(period) else math.inf


def _first_version(cpu: Path) -> tuple[str, str]:
    try:
        return (cpu / "cpu.cfs_quota_us").read_text().strip(), (cpu / "cpu.cfs_period_us").read_text().strip()
    except OSError:
        return "max", "1"
