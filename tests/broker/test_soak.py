"""Many jobs in a row, some of them bad: files, memory, processes and the broker's own tables stay flat.

`POGOPROXY_SOAK` is the number of jobs; the default suits a test run.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pogoproxy import JobError, request_scope, spawn
from pogoproxy.broker.plan import PoolPlan

Farm = Any
JOBS = int(os.environ.get("POGOPROXY_SOAK", "3000"))


def open_files(pid: int | str = "self") -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def resident_kib(pid: int | str = "self") -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def work(jobs: int, dice: random.Random) -> None:
    """Requests of ten tasks each: most are awaited, some forgotten, cancelled, late or failing."""
    for n in range(jobs // 10):
        with request_scope(f"r{n}"):
            tasks = [spawn("Echo", {"n": n, "pad": "x" * dice.randrange(200)}) for _ in range(8)]
            tasks.append(spawn("Fail", {"how": "value"}))
            tasks.append(spawn("Sleep", {"seconds": 0.001}))
            for task in tasks[dice.randrange(3) :]:
                try:
                    task.result(timeout=30 if dice.randrange(50) else 0)
                except JobError:
                    continue


def test_nothing_grows(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=2, secret="s", cancel_grace=5, poison=0))
    dice = random.Random(9)
    work(JOBS // 3, dice)
    farmed.until(farmed.is_at_rest)
    before = open_files(), resident_kib(), {pid: (open_files(pid), resident_kib(pid)) for pid in farmed.pids}
    work(JOBS, dice)
    farmed.until(farmed.is_at_rest)
    assert open_files() == before[0]
    assert resident_kib() < before[1] + 8_000 + JOBS // 100
    assert farmed.pids == set(before[2]), "no worker was lost"
    for pid, (files, kib) in before[2].items():
        assert open_files(pid) == files
        assert resident_kib(pid) < kib + 4_000
    core = farmed.broker.core
    assert not core.ledger.tasks
    assert len(core._agenda._heap) < 2_000
