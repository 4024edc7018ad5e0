"""A child's end of its control channel: JSON objects, each after its length in four bytes (big endian).

The channel is a Unix stream socket pair. The supervisor's first message tells the child what to do; the child
answers `ready`, or `failed` with a reason and ends with the status BOOT_FAILED. Descriptors may travel with a
message. Standard library only: pool workers run this under other interpreters.
"""

from __future__ import annotations

import importlib
import json
import os
import socket
import struct
import traceback
from pathlib import Path

BOOT_FAILED = 3
"""The exit status of a child that said why it cannot start, so that nobody looks for a crash."""

LENGTH = struct.Struct("!I")
LARGEST = 64 * 1024 * 1024
"""A whole configuration travels in one message; Caddy's largest published ones are a tenth of this."""

MOST_FDS = 4


_OURS = str(Path(__file__).parent.parent)
_MACHINERY = ("<frozen importlib", importlib.__file__)


def user_traceback(error: BaseException) -> str:
    """The traceback as its author wants it: from the first frame that is neither ours nor the import system's."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith((_OURS, *_MACHINERY)):
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))


class Control:
    """The child's end, blocking. Whoever made the descriptor passes its ownership."""

    def __init__(self, fd: int) -> None:
        self.socket = socket.socket(fileno=fd)
        self.socket.setblocking(True)

    def receive(self) -> dict[str, object] | None:
        """The next message, None when the supervisor closed; ValueError if it is too long."""
        text, _ = self.receive_text()
        return None if text is None else json.loads(text)

    def receive_text(self) -> tuple[bytes | None, list[int]]:
        """The next message, not yet decoded, and the descriptors that came with it."""
        head, fds, _, _ = socket.recv_fds(self.socket, LENGTH.size, MOST_FDS)
        if not head:
            return None, fds
        head += self._read(LENGTH.size - len(head))
        (length,) = LENGTH.unpack(head)
        if length > LARGEST:
            raise ValueError(f"control message of {length} bytes")
        return self._read(length), fds

    def started(self) -> None:
        """Say the process id, which the supervisor cannot know of a child that a template forked."""
        self._send_text(b'{"type":"started","pid":%d}' % os.getpid())

    def ready(self) -> None:
        """Say that this child serves."""
        self._send_text(b'{"type":"ready"}')

    def failed(self, reason: str, traceback: str = "", *, is_final: bool = False) -> None:
        """Say why this child cannot start; `is_final` if another try cannot help."""
        self._send({"type": "failed", "reason": reason, "traceback": traceback, "is_final": is_final})

    def say(self, body: bytes) -> None:
        """Pass a JSON text on to whoever minds this child."""
        self._send_text(b'{"type":"said","body":' + body + b"}")

    def close(self) -> None:
        """Close this end."""
        self.socket.close()

    def _send(self, message: dict[str, object]) -> None:
        self._send_text(json.dumps(message).encode())

    def _send_text(self, data: bytes) -> None:
        self.socket.sendall(LENGTH.pack(len(data)) + data)

    def _read(self, length: int) -> bytes:
        pieces = bytearray()
        while len(pieces) < length:
            piece = self.socket.recv(length - len(pieces))
            if not piece:
                raise EOFError("the supervisor closed in the middle of a message")
            pieces += piece
        return bytes(pieces)
