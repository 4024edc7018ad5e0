"""Connection policies: how a TLS handshake with a client is done, for the server names that each policy matches."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from .client_auth import ClientAuthentication

PROTOCOLS = ("tls1.2", "tls1.3")
CURVES = ("x25519mlkem768", "x25519", "secp256r1", "secp384r1", "secp521r1")
CIPHERS = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
)
"""The cipher suites that Go takes for secure, by their IANA names."""


class CertificateSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which of several certificates for a name is taken."""

    serial_number: tuple[str, ...] = ()
    subject_organization: tuple[str, ...] = ()
    public_key_algorithm: str = ""
    any_tag: tuple[str, ...] = ()
    all_tags: tuple[str, ...] = ()


class HandshakeMatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which handshakes: those for one of the server names `sni`, and by more in JSON configurations; all must match."""

    alpn: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    local_ip: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    remote_ip: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    sni: tuple[str, ...] = ()
    sni_regexp: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class ConnectionPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """How the handshakes are done that `match`; without `match`, all."""

    match: HandshakeMatch | None = None
    certificate_selection: CertificateSelection | None = None
    cipher_suites: tuple[str, ...] = ()
    curves: tuple[str, ...] = ()
    alpn: tuple[str, ...] = ()
    protocol_min: str = ""
    protocol_max: str = ""
    drop: bool = False
    client_authentication: ClientAuthentication | None = None
    default_sni: str = ""
    fallback_sni: str = ""
    insecure_secrets_log: str = ""
    handshake_context: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET

    @property
    def names(self) -> tuple[str, ...]:
        """The server names it is for; none if it is for all."""
        return self.match.sni if self.match else ()

    @property
    def settings(self) -> ConnectionPolicy:
        """The policy without what it is for, to compare by."""
        return msgspec.structs.replace(self, match=None)

    def for_names(self, names: Iterable[str]) -> ConnectionPolicy:
        """The same settings for these server names; for all, if there are none."""
        sni = tuple(names)
        return msgspec.structs.replace(self, match=HandshakeMatch(sni=sni) if sni else None)
