"""What was agreed on in a TLS handshake, as log entries show it: numbers where placeholders have names, as in Caddy."""

from __future__ import annotations

import re
from typing import Any

from ..http.exchange import TlsSession

_VERSIONS = {"tls1.2": 0x0303, "tls1.3": 0x0304}

_SUITES = {
    "TLS_AES_128_GCM_SHA256": 0x1301,
    "TLS_AES_256_GCM_SHA384": 0x1302,
    "TLS_CHACHA20_POLY1305_SHA256": 0x1303,
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": 0xC009,
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": 0xC00A,
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": 0xC013,
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": 0xC014,
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": 0xC02B,
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": 0xC02C,
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": 0xC02F,
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": 0xC030,
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA8,
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": 0xCCA9,
}
"""Those that Caddy offers, by IANA's numbers."""

_COMMON_NAME = re.compile(r"(?:^|,)CN=((?:\\.|[^,\\])*)")


def handshake(session: TlsSession) -> dict[str, Any]:
    """The fields of `request.tls`; those of a client's certificate only if there was one."""
    shown: dict[str, Any] = {
        "resumed": session.get("resumed"),
        "version": _VERSIONS.get(str(session.get("version")), 0),
        "cipher_suite": _SUITES.get(str(session.get("cipher_suite")), 0),
        "proto": session.alpn,
        "server_name": session.server_name,
        "ech": session.get("ech"),
    }
    if subject := str(session.get("client.subject") or ""):
        name = _COMMON_NAME.search(subject)
        shown |= {"client_common_name": name[1] if name else "", "client_serial": session.get("client.serial")}
    return shown
