"""A responder that tells by OCSP of what an authority has revoked."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID

from tests.answering import answering
from tests.tls.certificates import DAY, Made


def answer(
    leaf: Made,
    issuer: Made,
    *,
    reason: x509.ReasonFlags | None = None,
    is_revoked: bool = False,
    signer: Made | None = None,
    age: float = 0,
) -> bytes:
    """What the issuer says of the leaf, `age` days ago, for a day; in DER. The signer's certificate goes with it."""
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - age * DAY
    status = ocsp.OCSPCertStatus.REVOKED if is_revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        *(leaf.certificate, issuer.certificate, hashes.SHA1(), status, now, now + DAY),
        *(now if is_revoked else None, reason),
    )
    signer = signer or issuer
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, signer.certificate)
    if signer is not issuer:
        builder = builder.certificates([signer.certificate])
    return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass
class Responder:
    """`answers` are given by serial number; whoever is not in it gets 404."""

    url: str
    answers: dict[int, bytes] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    @property
    def extension(self) -> x509.AuthorityInformationAccess:
        """What a certificate has that names it."""
        location = x509.UniformResourceIdentifier(self.url)
        return x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, location)])


@contextlib.contextmanager
def responding() -> Iterator[Responder]:
    """One that runs."""

    def respond(_: str, body: bytes) -> tuple[int, bytes]:
        serial = ocsp.load_der_ocsp_request(body).serial_number
        responder.asked.append(serial)
        found = responder.answers.get(serial)
        return (200, found) if found else (404, b"")

    with answering(respond) as url:
        responder = Responder(url)
        yield responder
