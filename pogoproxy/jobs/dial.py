"""Reaching the broker: connect, say hello, be welcomed. Callers and workers do it alike."""

from __future__ import annotations

import socket
import struct
from typing import Any

from . import wire
from .errors import JobError
from .values import encode_json
from .wire import Kind, WireError

HANDSHAKE_TIMEOUT = 5.0
SEND_TIMEOUT = 30
"""Seconds; the broker always reads, so only a dead or stopped one lets a send wait."""
CHUNK = 64 << 10
"""Bytes of one read: from 128 KiB on the C library maps and unmaps fresh pages for each, which takes 6 to 12 µs."""
_WELCOME_LIMIT = 1 << 20


def dial(path: str, hello: dict[str, Any]) -> tuple[socket.socket, dict[str, Any]]:
    """Connect to the broker and shake hands; the socket is blocking and has nothing unread. Raises JobError."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(HANDSHAKE_TIMEOUT)
        sock.connect(path)
        return sock, shake_hands(sock, path, hello)
    except OSError as wrong:
        sock.close()
        raise JobError(f"Pogo broker at {path} cannot be reached: {wrong}") from None
    except BaseException:
        sock.close()
        raise


def shake_hands(sock: socket.socket, path: str, hello: dict[str, Any]) -> dict[str, Any]:
    """Say hello, and what the broker answers; JobError if it is a refusal, OSError."""
    sock.sendall(wire.encode(Kind.HELLO, 0, encode_json({"version": wire.VERSION, **hello})))
    welcome = wire.decode_object(_read_welcome(sock))
    if "error" in welcome:
        raise JobError(f"Pogo broker at {path}: {welcome['error']}")
    sock.settimeout(None)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", SEND_TIMEOUT, 0))
    return welcome


def _read_welcome(sock: socket.socket) -> bytes:
    # Byte-exact, for a job may follow at once.
    head = _read_exactly(sock, wire.HEAD_SIZE)
    length, kind, _ = wire.decode_head(head)
    if kind != Kind.WELCOME or length > _WELCOME_LIMIT:
        raise WireError("the peer is no Pogo broker")
    return _read_exactly(sock, length)


def _read_exactly(sock: socket.socket, size: int) -> bytes:
    data = sock.recv(size, socket.MSG_WAITALL)
    if len(data) < size:
        raise WireError("the Pogo broker closed the connection")
    return data
