"""What the jobs of one request came to: how many there were, how long they waited, which took longest.

The app worker tells its front with the head of the answer, and the front puts it into the access log.
"""

from __future__ import annotations

import re

FIELD = b"pogo-jobs"
"""The header field between an app worker and its front, `3;0.012;0.25;shop.tasks:FetchPrice`; no client sees it."""


_UNSAFE = re.compile(r"[^!-~]")
"""A job may be named by what a client has sent; it must not end the header field."""


_VALUE = re.compile(r"(?P<count>\d{1,9});(?P<waited>\d{1,9}\.\d+);(?P<slowest>\d{1,9}\.\d+);(?P<job>[!-~]*)", re.ASCII)


class Tally:
    """Counts as results come in. Times are in seconds."""

    # Of the class, so that to make one for each request and each job costs next to nothing.
    spawned = 0
    waited = 0.0
    slowest = 0.0
    slowest_job = ""

    def add(self, job: str, waited: float, ran: float) -> None:
        """One has ended."""
        self.waited += waited
        if ran > self.slowest:
            self.slowest, self.slowest_job = ran, job

    def field(self) -> bytes:
        """The header field's value."""
        job = _UNSAFE.sub("?", self.slowest_job)
        return f"{self.spawned};{self.waited:.6f};{self.slowest:.6f};{job}".encode()


def read_field(value: bytes) -> dict[str, object]:
    """The fields of the access log that a header field stands for; none if nobody of ours wrote it."""
    found = _VALUE.fullmatch(value.decode("latin-1"))
    if found is None:
        return {}
    fields: dict[str, object] = {"jobs": int(found["count"]), "jobs_waited": float(found["waited"])}
    if found["job"]:
        fields |= {"slowest_job": found["job"], "slowest_job_duration": float(found["slowest"])}
    return fields
