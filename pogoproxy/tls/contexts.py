"""OpenSSL's contexts: a connection policy's settings with the certificates of a name.

One takes a millisecond and 100 KB, so they are made when a handshake first needs them, and kept while they are used.
"""

from __future__ import annotations

import os
import ssl
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ConfigError
from .client_trust import UNVERIFIED, ClientTrust
from .connection import CURVES, PROTOCOLS, ConnectionPolicy
from .keeping.messages import Pair
from .session import Context
from .suites import DEFAULTS, OPENSSL, OPENSSL_CURVES

if TYPE_CHECKING:
    from .unverified import UnverifiedContext

MOST = 4096
"""Contexts that are kept."""

_VERSIONS = dict(zip(PROTOCOLS, (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3), strict=True))
_TLS13 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")


class Contexts:
    """Those of one policy, by their certificates; the one that was not used for longest goes first."""

    def __init__(self, policy: ConnectionPolicy, alpn: Sequence[str], trust: ClientTrust | None = None) -> None:
        self._policy = policy
        self._alpn = list(alpn)
        self._trust = trust
        self._made: OrderedDict[tuple[str, ...], Context] = OrderedDict()

    def of(self, pairs: Sequence[Pair]) -> Context:
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

    def _make(self, pairs: Sequence[Pair]) -> Context:
        context = self._bare()
        if self._alpn:
            context.set_alpn_protocols(self._alpn)
        for pair in pairs:
            load(context, pair)
        return context

    def _bare(self) -> Context:
        if self._trust is None:
            return bare(self._policy)
        if self._trust.mode in UNVERIFIED:
            return _unverified(self._policy, self._trust.mode)
        context = bare(self._policy)
        _ask_for_certificate(context, self._trust)
        return context


def bare(policy: ConnectionPolicy) -> ssl.SSLContext:
    """A context with a policy's settings; ConfigError for one that Python's `ssl` cannot do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version, context.maximum_version = _versions(policy)
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


def check(policy: ConnectionPolicy, trust: ClientTrust | None) -> None:
    """ConfigError for what OpenSSL, or what there is of it in Python, cannot do."""
    bare(policy)
    if trust is not None and trust.mode in UNVERIFIED:
        for name in ("curves", "insecure_secrets_log"):
            if getattr(policy, name):
                raise ConfigError(f"{name} is not supported together with client_auth mode {trust.mode}")


def _unverified(policy: ConnectionPolicy, mode: str) -> UnverifiedContext:
    from .unverified import UnverifiedContext  # only fronts that need pyOpenSSL have it in memory

    context = UnverifiedContext(is_required=mode == "require")
    context.set_versions(*_versions(policy))
    context.set_ciphers(":".join(_ciphers(policy)))
    return context


def _versions(policy: ConnectionPolicy) -> tuple[ssl.TLSVersion, ssl.TLSVersion]:
    return _VERSIONS[policy.protocol_min or PROTOCOLS[0]], _VERSIONS[policy.protocol_max or PROTOCOLS[-1]]


def _ciphers(policy: ConnectionPolicy) -> list[str]:
    unknown = [name for name in policy.cipher_suites if name not in OPENSSL and name not in _TLS13]
    if unknown:
        raise ConfigError(f"unsupported cipher suite: {unknown[0]}")
    return [OPENSSL[name] for name in policy.cipher_suites if name in OPENSSL] or list(DEFAULTS)


def _curve(policy: ConnectionPolicy) -> str:
    for name in policy.curves:
        if name not in CURVES:
            raise ConfigError(f"unsupported curve: {name}")
    if len(policy.curves) > 1 or policy.curves[0] not in OPENSSL_CURVES:
        raise ConfigError(
            f"curves {' '.join(policy.curves)} is understood but not supported yet: Python's ssl takes one of"
            f" {', '.join(OPENSSL_CURVES)}, or all that there are, x25519 first, without `curves`"
        )
    return OPENSSL_CURVES[policy.curves[0]]


def _ask_for_certificate(context: ssl.SSLContext, trust: ClientTrust) -> None:
    context.verify_mode = ssl.CERT_OPTIONAL if trust.mode == "verify_if_given" else ssl.CERT_REQUIRED
    if trusted := trust.authorities():
        context.load_verify_locations(cadata=trusted)
    else:
        context.load_default_certs(ssl.Purpose.CLIENT_AUTH)
    # A resumed session brings its certificate along unverified, perhaps to another site (Caddy does the same).
    context.num_tickets = 0
    context.options |= ssl.OP_NO_TICKET


def load(context: Context, pair: Pair) -> None:
    """Give a context a certificate. Python's `ssl` loads from files alone: this one is in memory, and nobody else's."""
    fd = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(fd, f"{pair.key}\n{pair.chain}".encode())
        context.load_cert_chain(f"/proc/self/fd/{fd}")
    finally:
        os.close(fd)
