"""A header block that comes in several frames: HEADERS, then CONTINUATION until the last (RFC 9113 section 4.3)."""

from __future__ import annotations

from .abuse import MOST_CONTINUATIONS


class HeaderBlock:
    """What has come of it. Nothing else may come on the connection meanwhile."""

    __slots__ = ("_pieces", "_size", "flags", "stream")

    def __init__(self, stream: int, flags: int, piece: bytes) -> None:
        self.stream = stream
        self.flags = flags
        """Those of HEADERS, which say whether the stream ends."""
        self._pieces = [piece]
        self._size = len(piece)

    def add(self, piece: bytes) -> None:
        """Another one."""
        self._pieces.append(piece)
        self._size += len(piece)

    def is_excessive(self, largest: int) -> bool:
        """Whether it is larger, or in more pieces, than there is reason for (CONTINUATION flood, CVE-2024-27316)."""
        return self._size > largest or len(self._pieces) > MOST_CONTINUATIONS

    def whole(self) -> bytes:
        """All of it."""
        return b"".join(self._pieces)
