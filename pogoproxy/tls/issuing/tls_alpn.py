"""The types of the TLS-ALPN-01 challenge (RFC 8737), which the `acme` library no longer has."""

from __future__ import annotations

import hashlib
from typing import Any

from acme import challenges
from josepy.jwk import JWK


@challenges.ChallengeResponse.register
class TlsAlpnResponse(challenges.KeyAuthorizationChallengeResponse):
    """What is posted to say that the proof can be fetched."""

    typ = "tls-alpn-01"


@challenges.Challenge.register
class TlsAlpn(challenges.KeyAuthorizationChallenge):
    """The challenge."""

    response_cls = TlsAlpnResponse
    typ = response_cls.typ

    def validation(self, account_key: JWK, **_: Any) -> bytes:
        """The digest that the proof holds."""
        return hashlib.sha256(self.key_authorization(account_key).encode()).digest()
