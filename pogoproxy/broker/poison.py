"""Jobs that kill their workers: after a few deaths in a row the same class and arguments are refused.

Without this, one request that is retried by its client takes the whole pool down again and again.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from ..jobs.wire import job_body

_SUSPECTS = 1024


class Poison:
    """Deaths by fingerprint. A healthy run forgives; only the latest suspects are kept. Free while nothing dies."""

    def __init__(self) -> None:
        self._deaths: OrderedDict[bytes, int] = OrderedDict()

    def deaths(self, job: bytes, threshold: int) -> int:
        """How many workers this job killed in a row, or 0 if that is below the threshold (0: never refuse)."""
        if not self._deaths or not threshold:
            return 0
        deaths = self._deaths.get(_fingerprint(job), 0)
        return deaths if deaths >= threshold else 0

    def blame(self, job: bytes) -> None:
        """A worker died while it ran this job."""
        fingerprint = _fingerprint(job)
        self._deaths[fingerprint] = self._deaths.pop(fingerprint, 0) + 1
        if len(self._deaths) > _SUSPECTS:
            self._deaths.popitem(last=False)

    def forgive(self, job: bytes) -> None:
        """The job ran and its worker lives."""
        if self._deaths:
            self._deaths.pop(_fingerprint(job), None)

    def clear(self) -> None:
        """New configuration, new code: everybody gets another chance."""
        self._deaths.clear()


def _fingerprint(job: bytes) -> bytes:
    return hashlib.blake2b(job_body(job), digest_size=16).digest()
