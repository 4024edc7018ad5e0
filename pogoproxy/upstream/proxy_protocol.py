"""The PROXY protocol's header, by which a connection tells on whose behalf it was made.

Source: the HAProxy project's specification of the PROXY protocol, sections 2.1 (version 1, text) and 2.2 (version 2).
"""

from __future__ import annotations

import ipaddress
import struct

VERSIONS = ("v1", "v2")

_SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
_LOCAL, _PROXY = 0x20, 0x21
_FAMILIES = {4: 0x11, 6: 0x21}
"""TCP over IPv4 and over IPv6."""


def header(version: str, client: str) -> bytes:
    """The header for the client of that address; where that is none, the connection is said to be our own.

    The client's port and the address it asked are sent as zeros, as Caddy does: behind other proxies both are unknown,
    and connections can then be used again for requests of the same client.
    """
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return b"PROXY UNKNOWN\r\n" if version == "v1" else _SIGNATURE + struct.pack("!BBH", _LOCAL, 0, 0)
    nowhere = ipaddress.ip_address(0) if address.version == 4 else ipaddress.IPv6Address(0)
    if version == "v1":
        return f"PROXY TCP{address.version} {address} {nowhere} 0 0\r\n".encode()
    places = address.packed + nowhere.packed + bytes(4)
    return _SIGNATURE + struct.pack("!BBH", _PROXY, _FAMILIES[address.version], len(places)) + places
