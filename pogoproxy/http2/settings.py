"""SETTINGS (RFC 9113 section 6.5): what a peer allows the other to do."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .codes import Code, ConnectionFault
from .frames import MAX_FRAME, MAX_WINDOW, Kind, frame

_ENTRY = struct.Struct(">HI")

DEFAULT_WINDOW = 65_535


class Setting(enum.IntEnum):
    """The parameters, with RFC 8441's."""

    HEADER_TABLE_SIZE = 1
    ENABLE_PUSH = 2
    MAX_CONCURRENT_STREAMS = 3
    INITIAL_WINDOW_SIZE = 4
    MAX_FRAME_SIZE = 5
    MAX_HEADER_LIST_SIZE = 6
    ENABLE_CONNECT_PROTOCOL = 8


@dataclass(slots=True)
class Settings:
    """What the peer has said so far; at first the protocol's defaults."""

    header_table_size: int = 4096
    max_concurrent_streams: int = 100
    """The protocol has no limit; until the peer has spoken, this is ours."""
    initial_window_size: int = DEFAULT_WINDOW
    max_frame_size: int = MAX_FRAME

    def take(self, setting: int, value: int) -> None:
        """One parameter; ConnectionFault if it may not have that value. Unknown ones mean nothing."""
        match setting:
            case Setting.HEADER_TABLE_SIZE:
                self.header_table_size = value
            case Setting.ENABLE_PUSH:
                _require(value <= 1, "ENABLE_PUSH")
            case Setting.MAX_CONCURRENT_STREAMS:
                self.max_concurrent_streams = value
            case Setting.INITIAL_WINDOW_SIZE:
                _require(value <= MAX_WINDOW, "INITIAL_WINDOW_SIZE", Code.FLOW_CONTROL_ERROR)
                self.initial_window_size = value
            case Setting.MAX_FRAME_SIZE:
                _require(MAX_FRAME <= value < 1 << 24, "MAX_FRAME_SIZE")
                self.max_frame_size = value
            case Setting.ENABLE_CONNECT_PROTOCOL:
                _require(value <= 1, "ENABLE_CONNECT_PROTOCOL")


def _require(sound: bool, name: str, code: Code = Code.PROTOCOL_ERROR) -> None:
    if not sound:
        raise ConnectionFault(code, f"setting {name} out of range")


def pack(settings: Mapping[Setting, int]) -> bytes:
    """The frame that says so."""
    return frame(Kind.SETTINGS, 0, 0, b"".join(_ENTRY.pack(*pair) for pair in settings.items()))


def unpack(payload: bytes) -> Iterator[tuple[int, int]]:
    """The parameters in their order; ConnectionFault if the payload is cut off."""
    if len(payload) % _ENTRY.size:
        raise ConnectionFault(Code.FRAME_SIZE_ERROR, "SETTINGS of odd size")
    return _ENTRY.iter_unpack(payload)
