"""From an outcome's body to the job's result or the exception that tells what became of it."""

from __future__ import annotations

from typing import Any

from .errors import JobError, PoolSaturated, TaskCancelled, TaskError, TaskLost, TaskRefused, TaskTimeout, UnknownPool
from .values import decode_json
from .wire import Outcome, WireError, decode_object

_REASONS: dict[str, type[JobError]] = {
    "unknown_pool": UnknownPool,
    "saturated": PoolSaturated,
    "nested": PoolSaturated,
    "no_worker": PoolSaturated,
    "shutting_down": PoolSaturated,
}


def unwrap(outcome: Outcome, body: bytes) -> Any:
    """The job's result; else one of the `JobError` family."""
    match outcome:
        case Outcome.DONE | Outcome.ERROR:
            return _from_envelope(body)
        case Outcome.CANCELLED:
            raise TaskCancelled(_text(body, "Pogo task was cancelled"))
        case Outcome.TIMEOUT:
            raise TaskTimeout(_text(body, "Pogo task timed out"))
        case Outcome.REJECTED:
            known = _known(body)
            raise _REASONS.get(str(known.get("reason")), TaskRefused)(_text(body, "Pogo task was refused"))
        case Outcome.LOST:
            known = _known(body)
            raise TaskLost(
                _text(body, "Pogo worker was lost"),
                pid=known.get("pid"),
                signal=known.get("signal"),
                exit_code=known.get("exit_code"),
                stderr=known.get("stderr", ()),
            )


def _from_envelope(body: bytes) -> Any:
    try:
        envelope = decode_json(body)
    except (ValueError, RecursionError) as wrong:
        raise TaskError(f"Pogo worker returned an invalid response envelope: {wrong}") from None
    if not isinstance(envelope, dict):
        raise TaskError("Pogo worker returned an invalid response envelope: it is no object")
    if envelope.get("ok") is True:
        return envelope.get("result")
    message = str(envelope.get("error") or "Pogo worker returned an error")
    raise TaskError(message, type=str(envelope.get("type", "")), traceback=str(envelope.get("traceback", "")))


def decode_part(body: bytes) -> Any:
    """A partial result; TaskError."""
    try:
        return decode_json(body)
    except (ValueError, RecursionError) as wrong:
        raise TaskError(f"Pogo worker yielded a non-JSON-compatible value: {wrong}") from None


def _known(body: bytes) -> dict[str, Any]:
    try:
        return decode_object(body)
    except WireError:
        return {}


def _text(body: bytes, default: str) -> str:
    return str(_known(body).get("error") or default)
