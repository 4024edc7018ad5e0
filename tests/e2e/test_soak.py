"""A hundred thousand jobs through a whole server, some of them bad. `POGOPROXY_SOAK` is another number."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOAK = Path(__file__).parents[2] / "benchmarks" / "soak.py"
JOBS = os.environ.get("POGOPROXY_SOAK", "100000")

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_nothing_grows() -> None:
    done = subprocess.run([sys.executable, SOAK, "--jobs", JOBS], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("flat\n")
