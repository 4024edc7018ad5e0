"""Whether a handshake might use a finite field, whose size a client could choose at our cost (CVE-2002-20001).

OpenSSL takes these groups (RFC 7919) unless it is given a list, which Python's `ssl` cannot do. One key exchange by
ffdhe8192 takes it 140 ms, seventy times what X25519 takes, and costs its client nothing.
"""

from __future__ import annotations

import struct

_FINITE_FIELDS = 1
"""The first byte of their numbers."""
_CURVES = frozenset((29, 23, 24, 25, 30))
"""x25519, secp256r1, secp384r1, secp521r1, x448: whichever of them a client has, OpenSSL asks for before the others."""
_SHARE = struct.Struct("!HH").unpack_from
_HEAD = 4


def may_be_costly(groups: bytes, shares: bytes) -> bool:
    """By the bodies of `supported_groups` and `key_share` (RFC 8446 sections 4.2.7 and 4.2.8).

    A share is what OpenSSL uses; without one it asks for the group that it prefers. Either must be a curve. Raises
    struct.error for what is cut short.
    """
    return not _has_curve(groups) or _has_finite_field(shares)


def _has_curve(groups: bytes) -> bool:
    return not _CURVES.isdisjoint(struct.unpack(f"!{len(groups[2:]) // 2}H", groups[2:]))


def _has_finite_field(shares: bytes) -> bool:
    at = 2
    while at < len(shares):
        group, size = _SHARE(shares, at)
        if group >> 8 == _FINITE_FIELDS:
            return True
        at += _HEAD + size
    return False
