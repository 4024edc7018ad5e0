"""What all that we sign has in common: certificates of our authorities, proofs, requests."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from .keys import Key

Public = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey


def begun(
    subject: x509.Name, issuer: x509.Name, key: Public, start: datetime.datetime, end: datetime.datetime
) -> x509.CertificateBuilder:
    """A certificate without extensions."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def digest_of(key: Key) -> hashes.SHA256 | None:
    """The digest that a key signs; Ed25519 has its own (RFC 8410)."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
