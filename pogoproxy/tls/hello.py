"""The ClientHello (RFC 8446 section 4.1.2), read before a handshake begins, since it decides how that is done.

Python's `ssl` tells of the server name alone, and that in the middle of the handshake, where nothing can be awaited.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .alert import Alert, AlertError
from .key_exchange import may_be_costly

LARGEST = 32 * 1024
"""Bytes of a ClientHello with its record heads. OpenSSL takes 128 KiB; those with post-quantum keys have 2 KiB."""

_HANDSHAKE_RECORD, _CLIENT_HELLO = 22, 1
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
_SERVER_NAME, _GROUPS, _ALPN, _KEY_SHARE = 0, 10, 16, 51
_HOST_NAME = 0
_LONGEST_NAME = 255
_NUMBER = struct.Struct("!H").unpack_from
_EXTENSION_HEAD = 4
_EXTENSION = struct.Struct("!HH").unpack_from


class NotTls(Exception):
    """What came is no TLS at all."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client asks for; `server_name` is in lower case and empty if there is none."""

    server_name: str = ""
    alpn: tuple[str, ...] = ()


def read_hello(data: bytes | bytearray) -> ClientHello | None:
    """The hello at the start of a connection, None while it is incomplete.

    NotTls if the first bytes are no handshake record, AlertError if it is malformed or too large.
    """
    if data and data[0] != _HANDSHAKE_RECORD:
        raise NotTls
    message = bytearray()
    at = 0
    while len(data) - at >= _RECORD_HEAD:
        if data[at] != _HANDSHAKE_RECORD or data[at + 1] != 3:
            raise NotTls if at == 0 else AlertError(Alert.UNEXPECTED_MESSAGE, "a record of another kind")
        end = at + _RECORD_HEAD + int.from_bytes(data[at + 3 : at + 5])
        message += data[at + _RECORD_HEAD : end]
        if len(message) >= _MESSAGE_HEAD:
            if message[0] != _CLIENT_HELLO:
                raise AlertError(Alert.UNEXPECTED_MESSAGE, "no ClientHello")
            length = _MESSAGE_HEAD + int.from_bytes(message[1:_MESSAGE_HEAD])
            if length > LARGEST:
                break
            if len(message) >= length:
                return _parsed(bytes(message[_MESSAGE_HEAD:length]))
        at = end
    if len(data) > LARGEST or len(message) > LARGEST:
        raise AlertError(Alert.DECODE_ERROR, "a ClientHello too large")
    return None


def _parsed(message: bytes) -> ClientHello:
    """The fields by their offsets, since this runs for each connection; a vector stands after its length everywhere."""
    try:
        at = 2 + 32  # version and random
        at += 1 + message[at]  # session id
        at += 2 + _NUMBER(message, at)[0]  # cipher suites
        at += 1 + message[at]  # compression methods
        if at == len(message):
            return ClientHello()
        found = _extensions(message, at + 2, at + 2 + _NUMBER(message, at)[0])
        if _KEY_SHARE in found and may_be_costly(found.get(_GROUPS, b""), found[_KEY_SHARE]):
            raise AlertError(Alert.HANDSHAKE_FAILURE, "a key exchange that is costly")
        name, alpn = found.get(_SERVER_NAME), found.get(_ALPN)
        return ClientHello(_server_name(name) if name else "", _protocols(alpn) if alpn else ())
    except (IndexError, struct.error):
        raise AlertError(Alert.DECODE_ERROR, "a ClientHello that ends too early") from None


def _extensions(message: bytes, at: int, end: int) -> dict[int, bytes]:
    if end > len(message):
        raise IndexError
    found: dict[int, bytes] = {}
    while at < end:
        kind, size = _EXTENSION(message, at)
        # OpenSSL refuses repetitions, too (RFC 8446 section 4.2); here lest two names are read differently.
        if kind in found:
            raise AlertError(Alert.ILLEGAL_PARAMETER, "a repeated extension")
        at += _EXTENSION_HEAD
        found[kind] = message[at : at + size]
        at += size
    if at != end:
        raise IndexError
    return found


def _server_name(body: bytes) -> str:
    """The host name (RFC 6066 section 3): no trailing dot, no NUL or other bytes that no host name has."""
    at, end = 2, 2 + _NUMBER(body, 0)[0]
    while at < end:
        kind, (size,) = body[at], _NUMBER(body, at + 1)
        name = body[at + 3 : at + 3 + size]
        if len(name) != size:
            raise IndexError
        if kind == _HOST_NAME:
            text = name.decode("latin-1").lower()
            if not text or size > _LONGEST_NAME or not text.isascii() or not text.isprintable() or " " in text:
                raise AlertError(Alert.ILLEGAL_PARAMETER, "a malformed server name")
            return text.removesuffix(".")
        at += 3 + size
    return ""


def _protocols(body: bytes) -> tuple[str, ...]:
    at, end, found = 2, 2 + _NUMBER(body, 0)[0], []
    while at < end:
        size = body[at]
        name = body[at + 1 : at + 1 + size]
        if len(name) != size:
            raise IndexError
        found.append(name.decode("latin-1"))
        at += 1 + size
    return tuple(found)
