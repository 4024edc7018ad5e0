"""One job in a worker: what it was asked, what it answers. Frames and life cycle are the worker's business."""

from __future__ import annotations

import json
import traceback
from typing import Any

from . import wire
from .classes import Classes
from .errors import JobError
from .scope import Scope, request_scope
from .values import decode_json, encode_json
from .wire import Job, Outcome

TRACEBACK_LIMIT = 16 << 10


def prepare(job: Job, classes: Classes) -> tuple[Any, Any]:
    """The bound `handle` of a fresh instance, and its arguments; whatever the class's constructor raises."""
    try:
        payload = decode_json(job.body)
        name, args = payload["class"], payload.get("args")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise JobError("Invalid Pogo payload.") from None
    return classes.find(name)().handle, args


def scope_of(id: int, job: Job) -> Scope:
    """The job's own scope: what it spawns is its child, under the same request and deadline."""
    context = wire.decode_object(job.context) if job.context else {}
    timeout = job.remaining / 1000 if job.remaining else None
    return request_scope(context.get("request_id", ""), timeout, context.get("traceparent", ""), parent=id)


def success(result: Any, limit: int) -> tuple[Outcome, bytes]:
    """The envelope of a result; that of an error if it is no JSON or too large."""
    try:
        body = encode_json({"ok": True, "result": result})
    except (TypeError, ValueError, RecursionError) as wrong:
        return failure(JobError(f"Pogo worker returned a non-JSON-compatible result: {wrong}"))
    if len(body) > limit:
        return failure(JobError(f"Pogo job result of {len(body)} bytes exceeds the limit of {limit}"))
    return Outcome.DONE, body


def failure(error: BaseException) -> tuple[Outcome, bytes]:
    """The envelope of an exception. It never raises, whatever the exception's own methods do."""
    kind = type(error)
    envelope = {
        "ok": False,
        "error": _message(error),
        "type": kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}",
        "traceback": _traceback(error),
    }
    return Outcome.ERROR, json.dumps(envelope).encode()


def _message(error: BaseException) -> str:
    try:
        return str(error) or type(error).__name__
    except Exception:  # a __str__ of the application's
        return type(error).__name__


def _traceback(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(error))[-TRACEBACK_LIMIT:]
    except Exception:  # a broken __cause__, a lying __notes__
        return ""


def part(value: Any, limit: int) -> bytes:
    """A partial result as JSON; JobError if it is none or too large, which fails the job that yielded it."""
    try:
        body = encode_json(value)
    except (TypeError, ValueError, RecursionError) as wrong:
        raise JobError(f"Pogo worker yielded a non-JSON-compatible value: {wrong}") from wrong
    if len(body) > limit:
        raise JobError(f"Pogo job yielded {len(body)} bytes, over the limit of {limit}")
    return body
