"""The frames between callers, the broker and workers: bytes in, frames out, no I/O (`docs/protocol.md`).

A frame is `length u32, kind u8, id u64, payload`, big-endian; `length` counts the payload only. A peer that breaks
the rules is cut off by whoever notices: a stream that lost its step could hand one task's result to another.
"""

from __future__ import annotations

import json
import struct
from enum import IntEnum
from functools import partial
from typing import Any, NamedTuple

from .errors import JobError

VERSION = 1
LIMIT = 16 << 20
"""Bytes of a job's arguments or of a result, unless the pool says otherwise."""
HEAD_ROOM = 64 << 10
"""What a payload may hold beside the limited part: pool name, context, numbers."""
MAX_TASKS = 10_000
"""Tasks of one request that nobody has awaited: a loop that spawns without end must not take all memory."""
HELLO_LIMIT = 8 << 10
"""A stranger's first frame is read no further than this."""

_HEAD = struct.Struct(">IBQ")
HEAD_SIZE = _HEAD.size
_JOB_FRAME = struct.Struct(">IBQII")
_RESULT_FRAME = struct.Struct(">IBQBII")
_SPAWN = struct.Struct(">QIIB")
_JOB = struct.Struct(">II")
_CONTEXT = struct.Struct(">H")
_RESULT = struct.Struct(">BII")
_LONGEST = (1 << 32) - 1
_CREDIT = struct.Struct(">I")


class WireError(JobError):
    """The peer does not speak the protocol; the connection is of no further use."""


class Kind(IntEnum):
    """What a frame is; the comment names who sends it to whom."""

    HELLO = 1  # caller or worker → broker
    WELCOME = 2  # broker → both
    POOLS = 3  # broker → caller
    SPAWN = 4  # caller → broker
    CANCEL = 5  # caller → broker → worker
    RESULT = 6  # broker → caller
    JOB = 7  # broker → worker
    DONE = 8  # worker → broker
    DRAIN = 9  # broker → worker
    YIELD = 10  # worker → broker → caller
    CREDIT = 11  # caller → broker → worker
    RECALL = 12  # broker → worker
    RETURN = 13  # worker → broker


# Names of their own: Python 3.11 looks for `Kind.JOB` in a method of the metaclass, several times for each job.
HELLO, WELCOME, POOLS, SPAWN, CANCEL, RESULT, JOB, DONE, DRAIN, YIELD, CREDIT, RECALL, RETURN = Kind


class Outcome(IntEnum):
    """How a task ended: the first byte of RESULT and of DONE (there only DONE and ERROR)."""

    DONE = 0
    ERROR = 1
    CANCELLED = 2
    TIMEOUT = 3
    REJECTED = 4
    LOST = 5


_OUTCOMES = tuple(Outcome)


class Frame(NamedTuple):
    """`kind` stays a plain int until somebody knows it."""

    kind: int
    id: int
    payload: bytes


_frame = partial(tuple.__new__, Frame)
"""Makes one in half the time."""


class Spawn(NamedTuple):
    """A caller's SPAWN. `remaining` is in milliseconds, 0 for no deadline; `parent` is the spawning task or 0;
    `credit` is how many partial results the caller will take; `job` is passed on to the worker unread.
    """

    pool: str
    job: bytes
    remaining: int = 0
    parent: int = 0
    credit: int = 0


_spawn = partial(tuple.__new__, Spawn)


class Job(NamedTuple):
    """A worker's JOB: `context` and `body` are JSON; the body is the seed's `{"class":…,"args":…}`."""

    body: bytes
    context: bytes = b""
    remaining: int = 0
    credit: int = 0


def encode(kind: int, id: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return _HEAD.pack(len(payload), kind, id) + payload


def encode_head(kind: int, id: int, size: int) -> bytes:
    """The head of a frame whose payload of `size` bytes is written after it."""
    return _HEAD.pack(size, kind, id)


def decode_head(head: bytes) -> tuple[int, int, int]:
    """Length, kind and id from the `HEAD_SIZE` bytes before a payload."""
    length, kind, id = _HEAD.unpack(head)
    return length, kind, id


class FrameReader:
    """Cuts a byte stream into frames. `limit` bounds a payload; it may be raised after the handshake."""

    def __init__(self, limit: int = HELLO_LIMIT) -> None:
        self.limit = limit
        self._pieces: list[bytes] = []
        self._missing = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that `data` completes, in order; WireError if a frame is over the limit."""
        if self._missing > len(data):
            self._missing -= len(data)
            self._pieces.append(data)
            return []
        if self._pieces:
            data = b"".join((*self._pieces, data))
            self._pieces.clear()
        return self._cut(data)

    def _cut(self, data: bytes) -> list[Frame]:
        frames: list[Frame] = []
        start, end, size = 0, HEAD_SIZE, len(data)
        while end <= size:
            length, kind, id = _HEAD.unpack_from(data, start)
            if length > self.limit:
                raise WireError(f"frame of {length} bytes is over the limit of {self.limit}")
            body = end
            end += length
            if end > size:
                break
            frames.append(_frame((kind, id, data[body:end])))
            start, end = end, end + HEAD_SIZE
        if start < size:
            self._pieces.append(data[start:])
        self._missing = end - size if start < size else 0
        return frames


def quoted(name: str) -> str:
    """A name in double quotes, as Go's `%q` prints it: the seed's wording."""
    return json.dumps(name, ensure_ascii=False)


def decode_object(payload: bytes) -> dict[str, Any]:
    """A JSON object; WireError for anything else."""
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        raise WireError("payload is not JSON") from None
    if not isinstance(value, dict):
        raise WireError("payload is not a JSON object")
    return value


def pack_job(body: bytes, context: bytes = b"") -> bytes:
    """The part of a SPAWN that travels through the broker unread."""
    return _CONTEXT.pack(len(context)) + context + body


def job_body(job: bytes) -> bytes:
    """Class and arguments alone, without the context: the same for two spawns of the same work."""
    (size,) = _CONTEXT.unpack_from(job)
    return job[_CONTEXT.size + size :]


def pack_spawn(spawn: Spawn) -> bytes:
    """A SPAWN's payload."""
    name = spawn.pool.encode()
    return _SPAWN.pack(spawn.parent, spawn.remaining, spawn.credit, len(name)) + name + spawn.job


def unpack_spawn(payload: bytes) -> Spawn:
    """The inverse of `pack_spawn`; WireError."""
    try:
        parent, remaining, credit, size = _SPAWN.unpack_from(payload)
        start = _SPAWN.size + size
        pool = payload[_SPAWN.size : start].decode()
    except (struct.error, UnicodeDecodeError):
        raise WireError("malformed SPAWN") from None
    job = payload[start:]
    # Checked here, so that a worker never has to be cut off for what a caller sent.
    if len(job) < _CONTEXT.size or len(job) < _CONTEXT.size + _CONTEXT.unpack_from(job)[0]:
        raise WireError("malformed SPAWN")
    return _spawn((pool, job, remaining, parent, credit))


def pack_job_head(remaining: int, credit: int) -> bytes:
    """What a JOB's payload has before the part that the caller packed."""
    return _JOB.pack(remaining, credit)


def encode_job_head(id: int, remaining: int, credit: int, size: int) -> bytes:
    """What a JOB has before the `size` bytes that the caller packed."""
    return _JOB_FRAME.pack(size + _JOB.size, JOB, id, remaining, credit)


def unpack_job(payload: bytes) -> Job:
    """A JOB's payload; WireError."""
    try:
        remaining, credit = _JOB.unpack_from(payload)
        (size,) = _CONTEXT.unpack_from(payload, _JOB.size)
    except struct.error:
        raise WireError("malformed JOB") from None
    start = _JOB.size + _CONTEXT.size
    if len(payload) < start + size:
        raise WireError("malformed JOB")
    return Job(payload[start + size :], payload[start : start + size], remaining, credit)


def pack_outcome(outcome: Outcome, body: bytes) -> bytes:
    """The payload of RESULT and DONE."""
    return bytes((outcome,)) + body


def unpack_outcome(payload: bytes) -> tuple[Outcome, bytes]:
    """The inverse of `pack_outcome`; WireError."""
    try:
        return _OUTCOMES[payload[0]], payload[1:]
    except IndexError:
        raise WireError("malformed outcome") from None


def encode_result_head(id: int, outcome: Outcome, size: int) -> bytes:
    """What a RESULT has before its body of `size` bytes."""
    return encode_head(RESULT, id, size + 1) + bytes((outcome,))


def encode_timed_result_head(id: int, outcome: Outcome, waited: float, ran: float, size: int) -> bytes:
    """The same for a caller that wants to know the times, which are in seconds."""
    times = min(int(waited * 1e6), _LONGEST), min(int(ran * 1e6), _LONGEST)
    return _RESULT_FRAME.pack(size + _RESULT.size, RESULT, id, outcome, *times)


def unpack_timed_result(payload: bytes) -> tuple[Outcome, bytes, float, float]:
    """Outcome, body, and the seconds that the task waited and ran; WireError."""
    try:
        outcome, waited, ran = _RESULT.unpack_from(payload)
        return _OUTCOMES[outcome], payload[_RESULT.size :], waited / 1e6, ran / 1e6
    except (struct.error, IndexError):
        raise WireError("malformed RESULT") from None


def pack_credit(count: int) -> bytes:
    """The payload of CREDIT: how many more partial results the caller takes."""
    return _CREDIT.pack(count)


def unpack_credit(payload: bytes) -> int:
    """The inverse of `pack_credit`; WireError."""
    try:
        (count,) = _CREDIT.unpack(payload)
    except struct.error:
        raise WireError("malformed CREDIT") from None
    return int(count)
