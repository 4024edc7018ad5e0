"""What the RFC asks of a frame by itself (RFC 9113 section 6)."""

from __future__ import annotations

from .codes import Code, ConnectionFault, StreamFault
from .frames import MAX_WINDOW, long


def on_a_stream(stream: int) -> None:
    """It is about a stream."""
    if not stream:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "a stream's frame on stream 0")


def on_the_connection(stream: int) -> None:
    """It is about the connection."""
    if stream:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "the connection's frame on a stream")


def sized(payload: bytes, size: int, name: str) -> None:
    """It has the one size that its kind may have."""
    if len(payload) != size:
        raise ConnectionFault(Code.FRAME_SIZE_ERROR, f"{name} of wrong size")


def check_dependency(stream: int, payload: bytes) -> None:
    """A priority, which means nothing to us, is at least a possible one."""
    if long(payload) & MAX_WINDOW == stream:
        raise StreamFault(stream, Code.PROTOCOL_ERROR, "stream depends on itself")
