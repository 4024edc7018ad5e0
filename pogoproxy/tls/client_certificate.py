"""A client's certificate, read for placeholders (`{http.request.tls.client.…}`)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Fields = dict[str, Callable[[x509.Certificate], object]]


def field_of(der: bytes | None, field: str) -> object:
    """The field, empty without a certificate; None if there is no such."""
    if field.startswith("san."):
        return _alternative(der, field.removeprefix("san."))
    read = _FIELDS.get(field)
    if read is None:
        return None
    return "" if der is None else read(x509.load_der_x509_certificate(der))


def _alternative(der: bytes | None, field: str) -> object:
    """One kind of the subject's alternative names, or one of them by its number."""
    kind, _, number = field.partition(".")
    read = _ALTERNATIVES.get(kind)
    if read is None:
        return None
    names = [] if der is None else [str(name) for name in read(_names(x509.load_der_x509_certificate(der)))]
    if not number:
        return "[" + " ".join(names) + "]"
    if not number.isdigit():
        return None
    return names[int(number)] if int(number) < len(names) else ""


def _names(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return x509.SubjectAlternativeName([])


def _public_key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


_FIELDS: Fields = {
    "fingerprint": lambda found: hashlib.sha256(_der(found)).hexdigest(),
    "public_key": lambda found: _public_key(found).hex(),
    "public_key_sha256": lambda found: hashlib.sha256(_public_key(found)).hexdigest(),
    "issuer": lambda found: found.issuer.rfc4514_string(),
    "serial": lambda found: str(found.serial_number),
    "subject": lambda found: found.subject.rfc4514_string(),
    "certificate_pem": lambda found: found.public_bytes(Encoding.PEM).decode(),
    "certificate_der_base64": lambda found: base64.b64encode(_der(found)).decode(),
}

_ALTERNATIVES: dict[str, Callable[[x509.SubjectAlternativeName], Sequence[object]]] = {
    "dns_names": lambda names: names.get_values_for_type(x509.DNSName),
    "emails": lambda names: names.get_values_for_type(x509.RFC822Name),
    "ips": lambda names: names.get_values_for_type(x509.IPAddress),
    "uris": lambda names: names.get_values_for_type(x509.UniformResourceIdentifier),
}
