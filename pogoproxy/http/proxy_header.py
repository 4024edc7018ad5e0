"""The PROXY protocol's header, versions 1 and 2 (haproxy.org/download/2.9/doc/proxy-protocol.txt).

A proxy in front of us that passes bytes on says with it whose bytes they are.
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass

LARGEST = 4096
"""Bytes of a header. Version 1 has 107 at most; version 2 may carry 64 KiB of what nobody here reads."""

_V1, _V2 = b"PROXY ", b"\r\n\r\n\x00\r\nQUIT\n"
_LONGEST_V1 = 107
_FIXED = struct.Struct("!12sBBH")
_TCP = {0x11: (socket.AF_INET, struct.Struct("!4s4sHH")), 0x21: (socket.AF_INET6, struct.Struct("!16s16sHH"))}

Address = tuple[str, int]


class NoHeader(Exception):
    """What came is no PROXY header."""


class BadHeader(Exception):
    """It is one, and malformed."""


@dataclass(frozen=True, slots=True)
class Header:
    """`length` in bytes; the addresses are None where the proxy speaks for itself, as in health checks."""

    length: int
    source: Address | None = None
    destination: Address | None = None


def read_header(data: bytes | bytearray) -> Header | None:
    """The header that the bytes begin with, None while that cannot be told; NoHeader or BadHeader."""
    for signature, read in ((_V1, _read_v1), (_V2, _read_v2)):
        if data.startswith(signature):
            return read(bytes(data))
        if signature.startswith(bytes(data)):
            return None
    raise NoHeader


def _read_v1(data: bytes) -> Header | None:
    line, end, _ = data[:_LONGEST_V1].partition(b"\r\n")
    if not end:
        if len(data) >= _LONGEST_V1:
            raise BadHeader("a line too long")
        return None
    words = line.decode("latin-1").split(" ")
    length = len(line) + len(end)
    if words[1:2] == ["UNKNOWN"]:
        return Header(length)
    try:
        _, family, source, destination, source_port, destination_port = words
        version = {"TCP4": 4, "TCP6": 6}[family]
        return Header(length, _pair(source, source_port, version), _pair(destination, destination_port, version))
    except (ValueError, KeyError):
        raise BadHeader("a malformed line") from None


def _pair(host: str, port: str, version: int) -> Address:
    address = ipaddress.ip_address(host)
    if address.version != version or not port.isascii() or not port.isdigit() or (len(port) > 1 and port[0] == "0"):
        raise ValueError(host)
    number = int(port)
    if number > 65535:
        raise ValueError(port)
    return str(address), number


def _read_v2(data: bytes) -> Header | None:
    if len(data) < _FIXED.size:
        return None
    _, command, family, size = _FIXED.unpack_from(data)
    length = _FIXED.size + size
    if command >> 4 != 2 or command & 15 > 1:
        raise BadHeader("neither LOCAL nor PROXY of version 2")
    if length > LARGEST:
        raise BadHeader("too long")
    if len(data) < length:
        return None
    if command & 15 == 0 or family not in _TCP:
        return Header(length)
    kind, layout = _TCP[family]
    if size < layout.size:
        raise BadHeader("too short for its addresses")
    source, destination, source_port, destination_port = layout.unpack_from(data, _FIXED.size)
    return Header(
        length, (socket.inet_ntop(kind, source), source_port), (socket.inet_ntop(kind, destination), destination_port)
    )
