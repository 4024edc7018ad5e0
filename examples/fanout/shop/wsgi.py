"""The shop's page as a WSGI application: the same jobs, waited for in a thread."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from .order import WATERFALL, fan_out, report, wants_page


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    if wants_page(environ["PATH_INFO"], environ.get("HTTP_ACCEPT", "")):
        content_type, body = "text/html; charset=utf-8", WATERFALL
    else:
        content_type, body = "application/json", json.dumps(order("POGO-1"), indent=2).encode()
    headers = [("Content-Type", content_type), ("Content-Length", str(len(body))), ("Vary", "Accept")]
    start_response("200 OK", headers)
    return [body]


def order(sku: str) -> dict[str, Any]:
    """Spawn all, then wait for each: the request takes as long as its longest job."""
    began = time.monotonic()
    tasks = fan_out(sku)
    return report("wsgi", began, tasks, [task.result(timeout=2.0) for task in tasks])
