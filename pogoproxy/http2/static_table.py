"""HPACK's static table (RFC 7541 appendix A); indices count from 1."""

from __future__ import annotations

_WITH_VALUES = (
    (b":authority", b""),
    (b":method", b"GET"),
    (b":method", b"POST"),
    (b":path", b"/"),
    (b":path", b"/index.html"),
    (b":scheme", b"http"),
    (b":scheme", b"https"),
    (b":status", b"200"),
    (b":status", b"204"),
    (b":status", b"206"),
    (b":status", b"304"),
    (b":status", b"400"),
    (b":status", b"404"),
    (b":status", b"500"),
    (b"accept-charset", b""),
    (b"accept-encoding", b"gzip, deflate"),
)
_NAMES = (
    b"accept-language accept-ranges accept access-control-allow-origin age allow authorization cache-control "
    b"content-disposition content-encoding content-language content-length content-location content-range content-type "
    b"cookie date etag expect expires from host if-match if-modified-since if-none-match if-range if-unmodified-since "
    b"last-modified link location max-forwards proxy-authenticate proxy-authorization range referer refresh "
    b"retry-after server set-cookie strict-transport-security transfer-encoding user-agent vary via www-authenticate"
)

STATIC: tuple[tuple[bytes, bytes], ...] = ((b"", b""), *_WITH_VALUES, *((name, b"") for name in _NAMES.split()))
"""Index 0 stands for nothing."""

STATIC_FIELDS = {field: index for index, field in enumerate(STATIC) if index}
STATIC_NAMES = {name: index for index, (name, _) in reversed(tuple(enumerate(STATIC))) if index}
"""The first index of each name."""

FIRST_DYNAMIC = len(STATIC)
OVERHEAD = 32
"""Bytes that every field counts beside its name and value, in tables and in lists (section 4.1, RFC 9113 6.5.2)."""
