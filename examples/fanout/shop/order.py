"""What both pages share: the jobs of one request, and the report of how they went."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from pogoproxy import spawn
from pogoproxy.jobs import Task

WATERFALL = (Path(__file__).parent / "waterfall.html").read_bytes()

Job = tuple[str, str, Task]
"""A job's name, its pool, and the task that runs it."""


def fan_out(sku: str) -> list[Job]:
    """Start all jobs of a request at once; each runs in a worker process of its pool."""
    return [
        started("FetchPrice", "external_api", {"sku": sku}),
        started("FetchStock", "external_api", {"sku": sku}),
        started("CalculateTax", "cpu", {"price": "24.90"}),
    ]


def started(name: str, pool: str, args: dict[str, Any]) -> Job:
    return name, pool, spawn(f"shop.tasks:{name}", args, pool=pool)


def report(interface: str, began: float, jobs: list[Job], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Each job's result, who did it and when; times in milliseconds from the request's beginning."""
    done = [
        {
            "job": name,
            "pool": pool,
            "pid": answer["pid"],
            "started_ms": milliseconds(answer["started"] - began),
            "run_ms": milliseconds(answer["ended"] - answer["started"]),
            "result": answer["result"],
        }
        for (name, pool, _), answer in zip(jobs, answers, strict=True)
    ]
    return {
        "elapsed_ms": milliseconds(time.monotonic() - began),
        "one_by_one_ms": round(sum(job["run_ms"] for job in done), 1),
        "interface": interface,
        "pid": os.getpid(),
        "jobs": done,
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def wants_page(path: str, accept: str) -> bool:
    """A browser gets the waterfall, a program the report that the waterfall draws."""
    return path.endswith("/waterfall") or "text/html" in accept
