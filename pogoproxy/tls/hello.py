"""The ClientHello (RFC 8446 section 4.1.2), read before a handshake begins, since it decides how that is done.

Python's `ssl` tells of the server name alone, and that in the middle of the handshake, where nothing can be awaited.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .alert import Alert, AlertError

LARGEST = 32 * 1024
"""Bytes of a ClientHello with its record heads. OpenSSL takes 128 KiB; those with post-quantum keys have 2 KiB."""

_HANDSHAKE_RECORD, _CLIENT_HELLO = 22, 1
_RECORD_HEAD, _MESSAGE_HEAD = 5, 4
_SERVER_NAME, _ALPN = 0, 16
_HOST_NAME = 0
_LONGEST_NAME = 255


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
                return _parsed(memoryview(bytes(message[_MESSAGE_HEAD:length])))
        at = end
    if len(data) > LARGEST or len(message) > LARGEST:
        raise AlertError(Alert.DECODE_ERROR, "a ClientHello too large")
    return None


class _Reader:
    """Vectors of TLS's presentation language (RFC 8446 section 3.4), each after its length."""

    def __init__(self, data: memoryview) -> None:
        self.left = data

    def take(self, count: int) -> memoryview:
        if count > len(self.left):
            raise AlertError(Alert.DECODE_ERROR, "a ClientHello that ends too early")
        taken, self.left = self.left[:count], self.left[count:]
        return taken

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> _Reader:
        return _Reader(self.take(self.number(size)))


def _parsed(message: memoryview) -> ClientHello:
    reader = _Reader(message)
    reader.take(2 + 32)  # version and random
    reader.vector(1)  # session id
    reader.vector(2)  # cipher suites
    reader.vector(1)  # compression methods
    name = ""
    alpn: tuple[str, ...] = ()
    for kind, body in _extensions(reader):
        if kind == _SERVER_NAME:
            name = _server_name(body)
        elif kind == _ALPN:
            alpn = _protocols(body)
    return ClientHello(name, alpn)


def _extensions(reader: _Reader) -> Iterator[tuple[int, _Reader]]:
    if not reader.left:
        return
    extensions = reader.vector(2)
    seen = set()
    while extensions.left:
        kind = extensions.number(2)
        # OpenSSL refuses repetitions, too (RFC 8446 section 4.2); here lest two names are read differently.
        if kind in seen:
            raise AlertError(Alert.ILLEGAL_PARAMETER, "a repeated extension")
        seen.add(kind)
        yield kind, extensions.vector(2)


def _server_name(body: _Reader) -> str:
    """The host name (RFC 6066 section 3): no trailing dot, no NUL or other bytes that no host name has."""
    names = body.vector(2)
    while names.left:
        kind, name = names.number(1), bytes(names.vector(2).left)
        if kind == _HOST_NAME:
            text = name.decode("latin-1").lower()
            if not text or len(text) > _LONGEST_NAME or not all("!" <= char <= "~" for char in text):
                raise AlertError(Alert.ILLEGAL_PARAMETER, "a malformed server name")
            return text.removesuffix(".")
    return ""


def _protocols(body: _Reader) -> tuple[str, ...]:
    protocols, found = body.vector(2), []
    while protocols.left:
        found.append(bytes(protocols.vector(1).left).decode("latin-1"))
    return tuple(found)
