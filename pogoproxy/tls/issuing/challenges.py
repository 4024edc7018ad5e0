"""Challenges that are open: what authorities may ask our listeners for, whichever front or server it comes to."""

from __future__ import annotations

import hashlib

from ..keeping.certificate import Certificate
from ..keeping.files import FileStorage
from ..names import qualifies
from .proof import proof
from .shared import TLS_ALPN, Offered, SharedChallenges

_AT_ONCE = 16
"""Names that are looked for in the storage at the same time: anybody may ask for anything."""


class Challenges:
    """Texts for HTTP-01 by token, certificates for TLS-ALPN-01 by server name; and those in the storage."""

    def __init__(self, storage: FileStorage) -> None:
        self._storage = storage
        self._texts: dict[str, tuple[str, str]] = {}
        self._proofs: dict[str, Certificate] = {}
        self._shared: dict[str, SharedChallenges] = {}
        self._looking = 0

    def share(self, issuer: str) -> SharedChallenges:
        """Those of an issuer, which are looked for from now on."""
        return self._shared.setdefault(issuer, SharedChallenges(self._storage, issuer))

    def open_http(self, host: str, token: str, text: str) -> None:
        """Answer this token's path on the host with the text."""
        self._texts[token] = (host, text)

    def open_tls(self, server_name: str, proof: Certificate) -> None:
        """Answer `acme-tls/1` for the name with this certificate."""
        self._proofs[server_name] = proof

    def close_http(self, token: str) -> None:
        """The challenge is over."""
        self._texts.pop(token, None)

    def close_tls(self, server_name: str) -> None:
        """The challenge is over."""
        self._proofs.pop(server_name, None)

    async def text_of(self, host: str, token: str) -> str:
        """The text, nothing for a token that is nobody's or is another host's; Unanswered if the storage hangs."""
        wanted, text = self._texts.get(token, ("", ""))
        if text:
            return text if host.lower() == wanted else ""
        found = await self._look_for(host.lower())
        return found.key_authorization if found is not None and found.answers(token) else ""

    async def proof_of(self, server_name: str) -> Certificate | None:
        """The certificate, if there is such a challenge; Unanswered if the storage hangs."""
        if server_name in self._proofs:
            return self._proofs[server_name]
        found = await self._look_for(server_name)
        if found is None or found.type != TLS_ALPN:
            return None
        name = found.identifier.value or server_name
        return proof(name, hashlib.sha256(found.key_authorization.encode()).digest())

    async def _look_for(self, name: str) -> Offered | None:
        if not self._shared or not qualifies(name) or self._looking >= _AT_ONCE:
            return None
        self._looking += 1
        try:
            return await self._storage.within(self._find, name)
        finally:
            self._looking -= 1

    def _find(self, name: str) -> Offered | None:
        found = (shared.find(name) for shared in self._shared.values())
        return next((one for one in found if one is not None), None)
