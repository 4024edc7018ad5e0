"""HTTP/2's error codes, and the two reaches of a fault: a stream, or the whole connection (RFC 9113 section 5.4)."""

from __future__ import annotations

import enum

from ..errors import PogoError


class Code(enum.IntEnum):
    """What RST_STREAM and GOAWAY may say."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class ConnectionFault(PogoError):
    """The peer has broken the protocol so that nothing further can be trusted; the connection ends with GOAWAY."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class StreamFault(PogoError):
    """One stream is beyond use and ends with RST_STREAM; the others go on."""

    def __init__(self, stream: int, code: Code, message: str) -> None:
        super().__init__(message)
        self.stream = stream
        self.code = code
