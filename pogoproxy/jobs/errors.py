"""What a spawn or an await may raise: one root, `JobError`, which is a `RuntimeError` as in Pogo's PHP functions."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import PogoError


class JobError(PogoError, RuntimeError):
    """The root; raised itself when Pogo is not configured or a call cannot be understood."""

    status = 500
    """The HTTP status of the answer when a request handler lets the error escape."""


class TaskError(JobError):
    """The job ran and failed: `type` and `traceback` are those of the exception in the worker, as text."""

    def __init__(self, message: str, type: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.type = type
        self.traceback = traceback


class TaskTimeout(JobError, TimeoutError):
    """The await's timeout, the request's deadline or the pool's `max_wait` passed first."""

    status = 504


class TaskCancelled(JobError):
    """The task was cancelled, by `cancel()` or because its request ended."""


class TaskLost(JobError):
    """The worker that ran the task died: `signal` or `exit_code` says how, where the supervisor could tell."""

    status = 502

    def __init__(
        self,
        message: str,
        pid: int | None = None,
        signal: int | None = None,
        exit_code: int | None = None,
        stderr: Sequence[str] = (),
    ) -> None:
        super().__init__(message)
        self.pid = pid
        self.signal = signal
        self.exit_code = exit_code
        self.stderr = tuple(stderr)


class PoolSaturated(JobError):
    """The pool took no more: its queue is full, it shuts down, or a nested spawn would have waited for itself."""

    status = 503
    retry_after = 1
    """Seconds, for a `Retry-After` header."""


class TaskRefused(JobError):
    """The broker will not run this job at all, such as one that killed several workers before."""


class TooFewDone(JobError):
    """`wait_any` or `first_k`: so many tasks failed that the rest is not enough. `errors` has theirs, in order."""

    def __init__(self, message: str, errors: Sequence[BaseException]) -> None:
        super().__init__(message)
        self.errors = tuple(errors)


class UnknownPool(JobError):
    """No pool has that name."""


class UnknownTask(JobError):
    """The task was awaited before, was never spawned, or belongs to another request."""
