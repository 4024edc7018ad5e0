"""FastCGI records as bytes and back (FastCGI specification 1.0, sections 3.3, 3.4 and 5); no I/O.

A record is `version u8, type u8, request id u16, content length u16, padding length u8, reserved u8`, content, padding.
We send one request at a time on a connection, always as number 1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

_HEAD = struct.Struct(">BBHHBx")
_BEGIN = struct.Struct(">HB5x")
_END = struct.Struct(">IB3x")
_LONG = struct.Struct(">I")

REQUEST = 1
_RESPONDER = 1
_KEEP_CONNECTION = 1
_LARGEST = 0xFFF8
"""Bytes of content in a record that we send: the most that needs no padding, which the specification advises."""


class Kind(IntEnum):
    """Types of records that a responder and its client exchange."""

    BEGIN_REQUEST = 1
    END_REQUEST = 3
    PARAMS = 4
    STDIN = 5
    STDOUT = 6
    STDERR = 7


class Record(NamedTuple):
    """`kind` stays a plain int until somebody knows it."""

    kind: int
    request: int
    content: bytes


def begin(variables: Iterable[tuple[bytes, bytes]], *, keep: bool) -> bytes:
    """The records that a request begins with: the responder's role, and all variables."""
    start = _HEAD.pack(1, Kind.BEGIN_REQUEST, REQUEST, _BEGIN.size, 0) + _BEGIN.pack(_RESPONDER, int(keep))
    return start + stream(Kind.PARAMS, b"".join(_pair(*pair) for pair in variables)) + end(Kind.PARAMS)


def stream(kind: Kind, data: bytes) -> bytes:
    """A piece of a stream; nothing for no data, since an empty record would end it."""
    return b"".join(_cut(kind, data))


def end(kind: Kind) -> bytes:
    """The end of a stream."""
    return _HEAD.pack(1, kind, REQUEST, 0, 0)


def _cut(kind: Kind, data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _LARGEST):
        piece = data[start : start + _LARGEST]
        padding = -len(piece) % 8
        yield _HEAD.pack(1, kind, REQUEST, len(piece), padding)
        yield piece
        yield bytes(padding)


def _pair(name: bytes, value: bytes) -> bytes:
    return _length(len(name)) + _length(len(value)) + name + value


def _length(size: int) -> bytes:
    return bytes((size,)) if size < 128 else _LONG.pack(size | 1 << 31)


def ended(content: bytes) -> tuple[int, int]:
    """The application's status and the protocol's from END_REQUEST; ValueError if it is malformed."""
    try:
        status, protocol = _END.unpack(content)
    except struct.error:
        raise ValueError("malformed END_REQUEST") from None
    return status, protocol


class RecordReader:
    """Cuts a byte stream into records."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Record]:
        """The records that `data` completes; ValueError if it is no FastCGI."""
        data = self._rest + data
        start = 0
        while start + _HEAD.size <= len(data):
            version, kind, request, length, padding = _HEAD.unpack_from(data, start)
            if version != 1:
                raise ValueError(f"record of version {version}")
            content = start + _HEAD.size
            following = content + length + padding
            if following > len(data):
                break
            yield Record(kind, request, data[content : content + length])
            start = following
        self._rest = data[start:]
