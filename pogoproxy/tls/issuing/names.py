"""Names as certificates have them."""

from __future__ import annotations

import ipaddress

from cryptography import x509


def general_name(name: str) -> x509.GeneralName:
    """An address or a DNS name."""
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def challenge_server_name(name: str) -> str:
    """The server name by which TLS-ALPN-01 asks: an address is spelled as its reverse DNS name (RFC 8738 section 6)."""
    try:
        return ipaddress.ip_address(name).reverse_pointer
    except ValueError:
        return name
