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
