"""What both pages share: the jobs of one request, and the report of how they went."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from pogoproxy import Task, spawn

WATERFALL = (Path(__file__).parent / "waterfall.html").read_bytes()


def fan_out(sku: str) -> list[Task]:
    """Start all jobs of a request at once; each runs in a worker process of its pool."""
    return [
        spawn("shop.tasks:FetchPrice", {"sku": sku}, pool="external_api"),
        spawn("shop.tasks:FetchStock", {"sku": sku}, pool="external_api"),
        spawn("shop.tasks:CalculateTax", {"price": "24.90"}, pool="cpu"),
    ]


def report(interface: str, began: float, tasks: list[Task], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """Each job's result, who did it and when; times in milliseconds from the request's beginning."""
    jobs = [
        {
            "job": task.label.partition(":")[2],
            "pool": task.pool,
            "pid": answer["pid"],
            "started_ms": milliseconds(answer["started"] - began),
            "run_ms": milliseconds(answer["ended"] - answer["started"]),
            "result": answer["result"],
        }
        for task, answer in zip(tasks, answers, strict=True)
    ]
    return {
        "elapsed_ms": milliseconds(time.monotonic() - began),
        "one_by_one_ms": round(sum(job["run_ms"] for job in jobs), 1),
        "interface": interface,
        "pid": os.getpid(),
        "jobs": jobs,
    }


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def wants_page(path: str, accept: str) -> bool:
    """A browser gets the waterfall, a program the report that the waterfall draws."""
    return path.endswith("/waterfall") or "text/html" in accept
