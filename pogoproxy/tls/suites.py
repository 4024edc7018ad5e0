"""Cipher suites and curves: the names that a configuration has, and OpenSSL's. Those of suites are IANA's."""

from __future__ import annotations

OPENSSL = {
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA": "ECDHE-ECDSA-AES256-SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA": "ECDHE-RSA-AES256-SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA": "ECDHE-ECDSA-AES128-SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA": "ECDHE-RSA-AES128-SHA",
}
"""The suites of TLS 1.2. Those of 1.3 are always on, in OpenSSL's order as in Go's: neither lets one choose."""

DEFAULTS = tuple(name for name in OPENSSL.values() if "GCM" in name or "CHACHA20" in name)
"""Forward secret and authenticated: what Caddy offers as well."""

OPENSSL_CURVES = {"secp256r1": "prime256v1", "secp384r1": "secp384r1", "secp521r1": "secp521r1"}
"""Those that Python's `ssl` can be told to take alone."""

_IANA = {openssl: iana for iana, openssl in OPENSSL.items()}


def iana_name(openssl: str) -> str:
    """IANA's name of a suite; those of TLS 1.3 have but one."""
    return _IANA.get(openssl, openssl)
