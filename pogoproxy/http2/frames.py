"""Frames as bytes (RFC 9113 sections 4.1 and 6)."""

from __future__ import annotations

import enum
import struct

from .codes import Code, ConnectionFault

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client sends first of all (section 3.4)."""

HEADER = struct.Struct(">IBI")
"""A frame's header: 24 bits of length with 8 of type, the flags, and the stream behind a reserved bit."""

MAX_FRAME = 16 * 1024
"""Bytes of payload that we take. It is the protocol's least, and larger frames would only hold other streams up."""

MAX_WINDOW = 2**31 - 1
MAX_STREAM = 2**31 - 1

_LONG = struct.Struct(">I")


class Kind(enum.IntEnum):
    """The types of frames."""

    DATA = 0
    HEADERS = 1
    PRIORITY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PUSH_PROMISE = 5
    PING = 6
    GOAWAY = 7
    WINDOW_UPDATE = 8
    CONTINUATION = 9


END_STREAM = 0x1
ACK = 0x1
END_HEADERS = 0x4
PADDED = 0x8
PRIORITY = 0x20

_HEADERS, _CONTINUATION = int(Kind.HEADERS), int(Kind.CONTINUATION)


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame."""
    return HEADER.pack(len(payload) << 8 | kind, flags, stream) + payload


def data_header(size: int, flags: int, stream: int) -> bytes:
    """The header of a DATA frame whose payload is written beside it."""
    return HEADER.pack(size << 8, flags, stream)


def headers(stream: int, block: bytes, *, end: bool, largest: int) -> bytes:
    """HEADERS, and CONTINUATION for what is beyond `largest`."""
    flags = END_STREAM if end else 0
    if len(block) <= largest:
        return frame(_HEADERS, flags | END_HEADERS, stream, block)
    pieces = [block[at : at + largest] for at in range(0, len(block), largest)]
    gathered = frame(_HEADERS, flags, stream, pieces[0])
    for piece in pieces[1:-1]:
        gathered += frame(_CONTINUATION, 0, stream, piece)
    return gathered + frame(_CONTINUATION, END_HEADERS, stream, pieces[-1])


def rst_stream(stream: int, code: Code) -> bytes:
    """The end of one stream."""
    return frame(Kind.RST_STREAM, 0, stream, _LONG.pack(code))


def window_update(stream: int, increment: int) -> bytes:
    """Leave to send more; stream 0 is the connection."""
    return frame(Kind.WINDOW_UPDATE, 0, stream, _LONG.pack(increment))


def goaway(last_stream: int, code: Code, words: bytes = b"") -> bytes:
    """The end of the connection; streams after `last_stream` were not looked at."""
    return frame(Kind.GOAWAY, 0, 0, _LONG.pack(last_stream) + _LONG.pack(code) + words)


def long(payload: bytes) -> int:
    """The 31-bit number of WINDOW_UPDATE and GOAWAY, or the code of RST_STREAM."""
    number: int = _LONG.unpack_from(payload)[0]
    return number


def unpadded(flags: int, payload: bytes) -> bytes:
    """A payload without its padding; ConnectionFault if the padding would be longer than what there is."""
    if not flags & PADDED:
        return payload
    if not payload or payload[0] >= len(payload):
        raise ConnectionFault(Code.PROTOCOL_ERROR, "padding is longer than its frame")
    return payload[1 : len(payload) - payload[0]]
