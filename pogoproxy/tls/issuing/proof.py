"""The certificate that answers a TLS-ALPN-01 challenge (RFC 8737 section 3)."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..keeping.certificate import Certificate, parse
from . import keys
from .building import begun, digest_of
from .names import general_name

_IDENTIFIER = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.31")
_OCTET_STRING = b"\x04\x20"
"""The DER head of an octet string of 32 bytes."""


def proof(name: str, digest: bytes) -> Certificate:
    """The certificate for one handshake with the authority."""
    key = keys.make()
    now = datetime.datetime.now(datetime.UTC)
    nobody, hour = x509.Name([]), datetime.timedelta(hours=1)
    made = (
        begun(nobody, nobody, key.public_key(), now - hour, now + 24 * hour)
        .add_extension(x509.SubjectAlternativeName([general_name(name)]), critical=True)
        .add_extension(x509.UnrecognizedExtension(_IDENTIFIER, _OCTET_STRING + digest), critical=True)
        .sign(key, digest_of(key))
    )
    return parse(made.public_bytes(Encoding.PEM).decode(), keys.to_pem(key))
