"""The bodies of the outcomes that the broker itself decides: an error text in the seed's manner, and what is known."""

from __future__ import annotations

import json
import signal
from typing import Any

from ..jobs.wire import quoted
from .worker import ExitReport


def _body(error: str, **known: Any) -> bytes:
    return json.dumps({"error": error, **known}).encode()


def unknown_pool(name: str) -> bytes:
    """No pool has that name."""
    return _body(f"unknown Pogo pool {quoted(name)}", reason="unknown_pool")


def shutting_down() -> bytes:
    """The pool takes no more and runs no more."""
    return _body("Pogo pool is shutting down", reason="shutting_down")


def queue_full(pool: str) -> bytes:
    """The queue is at one of its bounds."""
    return _body(f"Pogo pool {quoted(pool)} is saturated: its queue is full", reason="saturated")


def no_worker(pool: str) -> bytes:
    """Nobody has served the pool for a while: its workers die, or cannot start."""
    return _body(f"Pogo pool {quoted(pool)} is saturated: it has no worker that serves", reason="no_worker")


def would_wait_for_itself(pool: str) -> bytes:
    """A nested spawn into a pool all of whose slots wait, in the end, for that very spawn."""
    text = f"Pogo pool {quoted(pool)} is saturated: the nested task would wait for a slot that waits for it"
    return _body(text, reason="nested")


def too_large(what: str, size: int, limit: int) -> bytes:
    """Arguments or result are over the pool's limit."""
    return _body(f"Pogo job {what} of {size} bytes exceed the limit of {limit}", reason="too_large")


def poisoned(deaths: int) -> bytes:
    """The same class and arguments have killed worker after worker."""
    return _body(f"Pogo job is quarantined: it killed {deaths} workers in a row", reason="quarantined")


def cancelled() -> bytes:
    """Somebody cancelled the task."""
    return _body("Pogo task was cancelled")


def timed_out(pool: str, seconds: float) -> bytes:
    """`max_wait` or the request's deadline passed."""
    return _body(f"Pogo task in pool {quoted(pool)} timed out after {seconds:.3g}s")


def lost(pool: str, pid: int, report: ExitReport | None) -> bytes:
    """The worker died under the task."""
    code = report.returncode if report is not None else None
    known: dict[str, Any] = {"pid": pid, "stderr": list(report.stderr) if report is not None else []}
    how = "closed its connection"
    if code is not None and code < 0:
        known["signal"] = -code
        how = f"was killed by {_signal_name(-code)}"
    elif code is not None:
        known["exit_code"] = code
        how = f"exited with code {code}"
    return _body(f"Pogo worker {pid} of pool {quoted(pool)} {how} while it ran the task", **known)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
