"""Certificates in a storage: `certificates/<issuer>/<name>/<name>.{crt,key,json}`, as Caddy has them."""

from __future__ import annotations

import json
from typing import Any

from .certificate import Certificate, parse
from .files import FileStorage, safe


def load(storage: FileStorage, issuer: str, name: str) -> Certificate | None:
    """The certificate of a name by an issuer; RuntimeFault if it is broken, StorageFault if it cannot be read."""
    stem = _stem(issuer, name)
    chain, key = storage.load(f"{stem}.crt"), storage.load(f"{stem}.key")
    if chain is None or key is None:
        return None
    return parse(chain.decode(), key.decode(), issuer=issuer)


def store(storage: FileStorage, certificate: Certificate, name: str, issuer_data: dict[str, Any] | None = None) -> None:
    """Keep it. The key goes first, so that no certificate is ever without its own."""
    stem = _stem(certificate.issuer, name)
    storage.store(f"{stem}.key", certificate.key.encode())
    storage.store(f"{stem}.crt", certificate.chain.encode())
    note(storage, certificate, name, issuer_data)


def note(storage: FileStorage, certificate: Certificate, name: str, issuer_data: dict[str, Any] | None) -> None:
    """Keep what is known of it beside it."""
    meta = {"sans": list(certificate.names), "issuer_data": issuer_data}
    storage.store(f"{_stem(certificate.issuer, name)}.json", json.dumps(meta, indent="\t").encode())


def issuer_data(storage: FileStorage, issuer: str, name: str) -> dict[str, Any]:
    """What the issuer noted of it."""
    text = storage.load(f"{_stem(issuer, name)}.json")
    try:
        return dict(json.loads(text or b"{}").get("issuer_data") or {})
    except (ValueError, AttributeError):
        return {}


def delete(storage: FileStorage, issuer: str, name: str) -> None:
    """Forget it."""
    for suffix in ("crt", "json", "key"):
        storage.delete(f"{_stem(issuer, name)}.{suffix}")


def _stem(issuer: str, name: str) -> str:
    return f"certificates/{safe(issuer)}/{safe(name)}/{safe(name)}"
