"""What is said to a client that speaks HTTP where TLS is spoken."""

from __future__ import annotations

from collections.abc import Callable

Answer = Callable[[bytes], bytes | None]
"""From what came so far to the last words, which may be none at all; None while more must come."""

_BEGINNINGS = (b"GET /", b"HEAD ", b"POST ", b"PUT /", b"OPTIO", b"DELET", b"PATCH")
_LARGEST_HEAD = 1024 * 1024
_TOLD = b"HTTP/1.0 400 Bad Request\r\nConnection: close\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
_HOST_BYTES = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:[]%")


def refused(data: bytes) -> bytes | None:
    """A hint, as Go gives it; nothing for what is no HTTP either."""
    return _TOLD if data.startswith(_BEGINNINGS) else b""


def redirected(largest: int = 0) -> Answer:
    """A redirect to HTTPS at the same address (Caddy's `http_redirect`), for heads up to this size in bytes."""
    most = largest or _LARGEST_HEAD

    def answer(data: bytes) -> bytes | None:
        if not data.startswith(_BEGINNINGS):
            return b"" if len(data) >= len(_BEGINNINGS[0]) else None
        head, end, _ = data.partition(b"\r\n\r\n")
        if not end:
            return None if len(data) <= most else _TOLD
        return _redirect(head.split(b"\r\n"))

    return answer


def _redirect(lines: list[bytes]) -> bytes:
    words = lines[0].split(b" ")
    hosts = [
        value.strip() for name, _, value in (line.partition(b":") for line in lines[1:]) if name.lower() == b"host"
    ]
    if len(words) != 3 or not words[1].startswith(b"/") or len(hosts) != 1 or not hosts[0]:
        return _TOLD
    # Of what came nothing may end the line that we write; a head is split at CR LF alone.
    if not _HOST_BYTES.issuperset(hosts[0]) or any(byte <= 32 or byte == 127 for byte in words[1]):
        return _TOLD
    location = b"https://" + hosts[0] + words[1]
    return b"HTTP/1.0 308 Permanent Redirect\r\nLocation: " + location + b"\r\nConnection: close\r\n\r\n"
