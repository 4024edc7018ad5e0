"""A worker's line to the broker."""

from __future__ import annotations

import socket
import threading

import pytest

from pogoproxy.jobs import wire
from pogoproxy.jobs.dial import CHUNK
from pogoproxy.jobs.line import Line
from pogoproxy.jobs.wire import Frame, Kind


def frames_of(parts: list[bytes]) -> list[Kind]:
    """The kinds of the frames that a line has taken in when the first has come, of parts sent before it looks."""
    ours, theirs = socket.socketpair()
    taken: list[Kind] = []

    def take_in(frame: Frame) -> bytes:
        taken.append(Kind(frame.kind))
        return b""

    with ours, theirs:
        line = Line(theirs, wire.LIMIT, take_in, lambda: None)
        line.watch()
        writer = threading.Thread(target=lambda: ours.sendall(b"".join(parts)))
        writer.start()
        line.wait_until(lambda: bool(taken))
        writer.join(30)
        line.watch()
        line.stop()
    return taken


@pytest.mark.parametrize("beyond", [0, 1, 100])
def test_what_comes_behind_a_job_as_large_as_a_read_is_heard_before_it_begins(beyond: int):
    job = wire.encode(Kind.JOB, 1, bytes(CHUNK - len(wire.encode(Kind.JOB, 1)) + beyond))
    assert frames_of([job, wire.encode(Kind.CANCEL, 1)]) == [Kind.JOB, Kind.CANCEL]
