"""Authorities of our own, as the API tells of them: their certificates, and never a key (Caddy's `/pki/ca/<id>`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..apps.pki import PkiApp
from ..config.root import Config
from ..config.storage import storage_of
from ..errors import HandlerError
from ..tls.authority import DEFAULT_AUTHORITY, DEFAULT_NAME, Authority, KeyPair
from ..tls.keeping.files import safe


@dataclass(frozen=True)
class Certificates:
    """Those of one authority, in PEM."""

    id: str
    name: str
    root: str
    intermediate: str

    def info(self) -> dict[str, Any]:
        """The object with Caddy's keys."""
        return {
            "id": self.id,
            "name": self.name,
            "root_common_name": _common_name(self.root),
            "intermediate_common_name": _common_name(self.intermediate),
            "root_certificate": self.root,
            "intermediate_certificate": self.intermediate,
        }


def authority_certificates(config: Config, id: str) -> Certificates:
    """HandlerError (404) if there is no such authority, or if it was not needed yet."""
    known = (config.apps.pki or PkiApp()).certificate_authorities
    if id not in known and id != DEFAULT_AUTHORITY:
        raise HandlerError(404, f"no certificate authority configured with id: {id}")
    authority = known.get(id, Authority())
    root = _read(config, id, "root", authority.root)
    intermediate = _read(config, id, "intermediate", authority.intermediate)
    return Certificates(id, authority.name or DEFAULT_NAME, root, intermediate)


def _read(config: Config, id: str, what: str, given: KeyPair | None) -> str:
    path = Path(given.certificate) if given else storage_of(config).path(f"pki/authorities/{safe(id)}/{what}.crt")
    try:
        return path.read_text()
    except OSError:
        raise HandlerError(404, f"the {what} certificate of {id} is not made yet") from None


def _common_name(pem: str) -> str:
    # Loaded when somebody asks: it takes 8 MB, and the parent needs it for nothing else.
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    subject = x509.load_pem_x509_certificate(pem.encode()).subject
    return "".join(str(item.value) for item in subject.get_attributes_for_oid(NameOID.COMMON_NAME))
