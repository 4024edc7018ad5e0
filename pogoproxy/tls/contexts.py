"""OpenSSL's contexts: a connection policy's settings with the certificates of a name.

One takes a millisecond and 100 KB, so they are made when a handshake first needs them, and kept while they are used.
"""

from __future__ import annotations

import os
import ssl
from collections import OrderedDict
from collections.abc import Callable, Sequence

from ..errors import ConfigError
from .connection import CURVES, PROTOCOLS, ConnectionPolicy
from .keeping.messages import Pair
from .suites import DEFAULTS, OPENSSL, OPENSSL_CURVES

MOST = 4096
"""Contexts that are kept."""

_VERSIONS = dict(zip(PROTOCOLS, (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), strict=True))
_TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")


class Contexts:
    """Those of one policy, by their certificates; the one that was not used for longest goes first."""

    def __init__(self, policy: ConnectionPolicy, alpn: Sequence[str], trusted: Callable[[], str] | None = None) -> None:
        self._policy = policy
        self._alpn = list(alpn)
        self._trusted = trusted
        self._made: OrderedDict[tuple[str, ...], ssl.SSLContext] = OrderedDict()

    def of(self, pairs: Sequence[Pair]) -> ssl.SSLContext:
        """The context with these certificates; ssl.SSLError if OpenSSL takes none of them."""
        key = tuple(pair.fingerprint for pair in pairs)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(pairs)
            if len(self._made) > MOST:
                self._made.popitem(last=False)
        else:
            self._made.move_to_end(key)
        return found

    def _make(self, pairs: Sequence[Pair]) -> ssl.SSLContext:
        context = bare(self._policy)
        if self._alpn:
            context.set_alpn_protocols(self._alpn)
        if self._trusted is not None:
            _ask_for_certificate(context, self._policy, self._trusted())
        for pair in pairs:
            load(context, pair)
        return context


def bare(policy: ConnectionPolicy) -> ssl.SSLContext:
    """A context with a policy's settings; ConfigError for one that Python's `ssl` cannot do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[policy.protocol_min or PROTOCOLS[0]]
    context.maximum_version = _VERSIONS[policy.protocol_max or PROTOCOLS[-1]]
    # A client that renegotiates makes the server work for nothing (CVE-2011-1473).
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_ciphers(":".join(_ciphers(policy)))
    if policy.curves:
        context.set_ecdh_curve(_curve(policy))
    # Each ticket costs a signature's worth of work; a client that resumes needs one.
    context.num_tickets = 1
    if policy.insecure_secrets_log:
        context.keylog_filename = policy.insecure_secrets_log
    return context


def _ciphers(policy: ConnectionPolicy) -> list[str]:
    unknown = [name for name in policy.cipher_suites if name not in OPENSSL and name not in _TLS13]
    if unknown:
        raise ConfigError(f"unsupported cipher suite: {unknown[0]}")
    return [OPENSSL[name] for name in policy.cipher_suites if name in OPENSSL] or list(DEFAULTS)


def _curve(policy: ConnectionPolicy) -> str:
    if len(policy.curves) > 1:
        raise ConfigError("curves: more than one is understood but not supported yet, since Python's ssl takes one")
    (name,) = policy.curves
    if name not in CURVES:
        raise ConfigError(f"unsupported curve: {name}")
    if name not in OPENSSL_CURVES:
        raise ConfigError(f"curves {name} is understood but not supported yet")
    return OPENSSL_CURVES[name]


def _ask_for_certificate(context: ssl.SSLContext, policy: ConnectionPolicy, trusted: str) -> None:
    auth = policy.client_authentication
    assert auth is not None
    context.verify_mode = ssl.CERT_OPTIONAL if auth.mode == "verify_if_given" else ssl.CERT_REQUIRED
    if trusted:
        context.load_verify_locations(cadata=trusted)
    else:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    # A resumed session brings its certificate along unverified, perhaps to another site (Caddy does the same).
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET


def load(context: ssl.SSLContext, pair: Pair) -> None:
    """Give a context a certificate. Python's `ssl` loads from files alone: this one is in memory, and nobody else's."""
    fd = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(fd, f"{pair.key}\n{pair.chain}".encode())
        context.load_cert_chain(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)
