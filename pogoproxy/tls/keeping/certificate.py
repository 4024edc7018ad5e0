"""A certificate with its chain and its key, and what is to be known of it without parsing it again."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from ...errors import RuntimeFault

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)
_ALGORITHMS = {ec.EllipticCurvePublicKey: "ecdsa", rsa.RSAPublicKey: "rsa", ed25519.Ed25519PublicKey: "ed25519"}


@dataclass(frozen=True, slots=True)
class Certificate:
    """`chain` and `key` are PEM; times are seconds since 1970. The key is kept out of the repr, and so out of logs."""

    chain: str
    key: str = field(repr=False)
    names: tuple[str, ...]
    not_before: float
    not_after: float
    algorithm: str
    """`ecdsa`, `rsa` or `ed25519`."""
    serial: int
    organizations: tuple[str, ...]
    fingerprint: str
    """SHA-256 of the chain, by which fronts tell one certificate from its successor."""
    tags: tuple[str, ...] = ()
    issuer: str = ""
    """The key of its issuer in the storage; empty if it was loaded from elsewhere."""
    responder: str = ""
    """The URL where OCSP tells whether it is revoked (RFC 6960); empty if there is none."""

    def is_valid(self, now: float) -> bool:
        """Whether clients accept its dates."""
        return self.not_before <= now <= self.not_after


def parse(chain: str, key: str, *, tags: tuple[str, ...] = (), issuer: str = "") -> Certificate:
    """From PEM; RuntimeFault if it is none, or if the key is another one's."""
    try:
        leaf = x509.load_pem_x509_certificate(chain.encode())
        private = load_pem_private_key(key.encode(), None)
        fits = _public(private.public_key()) == _public(leaf.public_key())
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise RuntimeFault(f"not a certificate and key in PEM: {wrong}") from None
    if not fits:
        raise RuntimeFault("the private key does not belong to the certificate")
    return Certificate(
        chain=chain,
        key=key,
        names=_names(leaf),
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        algorithm=next((name for kind, name in _ALGORITHMS.items() if isinstance(leaf.public_key(), kind)), "other"),
        serial=leaf.serial_number,
        organizations=tuple(str(item.value) for item in leaf.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)),
        fingerprint=hashlib.sha256(chain.encode()).hexdigest(),
        tags=tags,
        issuer=issuer,
        responder=_responder(leaf),
    )


def _public(key: object) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined,no-any-return]


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    """The subject's alternative names, and its common name where it is a name at all, as in certificates of old."""
    found = [str(item.value) for item in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        pass
    else:
        found += names.get_values_for_type(x509.DNSName)
        found += map(str, names.get_values_for_type(x509.IPAddress))
    return tuple(dict.fromkeys(name.lower() for name in found if name))


def _responder(leaf: x509.Certificate) -> str:
    try:
        access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except x509.ExtensionNotFound:
        return ""
    urls = (str(one.access_location.value) for one in access if one.access_method == AuthorityInformationAccessOID.OCSP)
    return next((url for url in urls if url.startswith(("http://", "https://"))), "")


def split_pem(text: str) -> tuple[str, str]:
    """The certificates and the key of one PEM text; RuntimeFault if one of them is not there."""
    blocks = [(found[1], found[0] + "\n") for found in _BLOCK.finditer(text)]
    chain = "".join(block for kind, block in blocks if kind == "CERTIFICATE")
    key = next((block for kind, block in blocks if kind.endswith("PRIVATE KEY")), "")
    if not chain or not key:
        raise RuntimeFault("no certificate, or no private key" if blocks else "no PEM")
    return chain, key
