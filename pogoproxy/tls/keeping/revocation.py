"""Whether an authority has revoked a certificate, by OCSP (RFC 6960) where the certificate names a responder.

Nothing is stapled; but a certificate that is no good any more is replaced before its time.
"""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from ...errors import RuntimeFault

CHECK_INTERVAL = 3600.0
"""Seconds between two looks, unless `ocsp_interval` says otherwise; Caddy has the same figure."""
_TIMEOUT = 10.0
_LARGEST = 64 * 1024


class NoStatus(RuntimeFault):
    """It cannot be known whether the certificate is revoked."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a responder says."""

    is_revoked: bool
    is_key_compromised: bool = False
    """Whether somebody else may have the private key, so that it must not be used again."""


def fetched(chain: str, url: str) -> Status:
    """What the responder at the URL says of a chain in PEM; NoStatus if it cannot be reached or believed. It blocks."""
    try:
        leaf, issuer, *_ = x509.load_pem_x509_certificates(chain.encode())
        question = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA1()).build()
        request = urllib.request.Request(
            url, question.public_bytes(Encoding.DER), {"Content-Type": "application/ocsp-request"}
        )
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return read(response.read(_LARGEST), leaf, issuer)
    except (OSError, ValueError, UnsupportedAlgorithm) as wrong:
        raise NoStatus(f"OCSP responder {url}: {wrong}") from None


def read(answer: bytes, leaf: x509.Certificate, issuer: x509.Certificate, now: datetime | None = None) -> Status:
    """The status in an answer in DER; NoStatus unless it is the issuer's, for this certificate, and of today."""
    said = ocsp.load_der_ocsp_response(answer)
    if said.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        raise NoStatus(f"OCSP responder: {said.response_status.name.lower()}")
    if said.serial_number != leaf.serial_number:
        raise NoStatus("OCSP responder: an answer for another certificate")
    now = now or datetime.now(UTC)
    if now < said.this_update_utc or (said.next_update_utc is not None and now > said.next_update_utc):
        raise NoStatus("OCSP responder: an answer for another time")
    _check_signature(said, issuer, now)
    return Status(
        said.certificate_status is ocsp.OCSPCertStatus.REVOKED,
        said.revocation_reason is x509.ReasonFlags.key_compromise,
    )


def _check_signature(said: ocsp.OCSPResponse, issuer: x509.Certificate, now: datetime) -> None:
    """By the issuer, or by whom it has a certificate sign that says so (RFC 6960 section 4.2.2.2)."""
    for signer in (issuer, *(one for one in said.certificates if _is_delegate(one, issuer, now))):
        try:
            return _verify(signer, said)
        except (InvalidSignature, UnsupportedAlgorithm):
            continue
    raise NoStatus("OCSP responder: an answer that the issuer did not sign")


def _is_delegate(one: x509.Certificate, issuer: x509.Certificate, now: datetime) -> bool:
    try:
        one.verify_directly_issued_by(issuer)
        usage = one.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    return ExtendedKeyUsageOID.OCSP_SIGNING in usage and one.not_valid_before_utc <= now <= one.not_valid_after_utc


def _verify(signer: x509.Certificate, said: ocsp.OCSPResponse) -> None:
    key, digest = signer.public_key(), said.signature_hash_algorithm
    match key:
        case ec.EllipticCurvePublicKey() if digest is not None:
            key.verify(said.signature, said.tbs_response_bytes, ec.ECDSA(digest))
        case rsa.RSAPublicKey() if digest is not None:
            key.verify(said.signature, said.tbs_response_bytes, padding.PKCS1v15(), digest)
        case ed25519.Ed25519PublicKey():
            key.verify(said.signature, said.tbs_response_bytes)
        case _:
            raise InvalidSignature
