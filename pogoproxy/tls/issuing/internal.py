"""The issuer that asks an authority of our own."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ...errors import PogoError
from ...units import seconds
from ..issuers import InternalIssuer
from .authority import LocalAuthority
from .issuer import IssuanceError, Issued


class Internal:
    """A `RunningIssuer`."""

    is_quick = True
    suggests_renewals = False

    def __init__(self, config: InternalIssuer, authority: LocalAuthority) -> None:
        self.key = authority.id
        self._config = config
        self._authority = authority

    async def issue(self, name: str, key: str, *, is_retry: bool = False) -> Issued:
        """See `RunningIssuer.issue`."""
        try:
            if self._authority.is_renewal_due():
                await self._authority.open()
            private: Any = load_pem_private_key(key.encode(), None)
            lifetime = seconds(self._config.lifetime)
            return Issued(
                self._authority.sign((name,), private.public_key(), lifetime, with_root=self._config.sign_with_root)
            )
        except (PogoError, ValueError) as wrong:
            raise IssuanceError(str(wrong)) from wrong

    async def renewal_time(self, chain: str) -> dict[str, Any] | None:
        """It has no say."""
        return None
