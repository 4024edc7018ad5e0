"""The ACME issuer: one order at a time, in a thread, since the library blocks.

What talks to the authority (`orders`) loads requests, josepy and pyOpenSSL, which takes its time; so it is loaded by
the thread that first needs it, and the keeper serves meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from ..acme import AcmeIssuer
from ..keeping.files import FileStorage
from .accounts import LETS_ENCRYPT, issuer_key
from .challenges import Challenges
from .dns01 import DnsAnswers
from .issuer import Issued

if TYPE_CHECKING:
    from .orders import Orders


class Acme:
    """A `RunningIssuer`."""

    is_quick = False

    def __init__(
        self, config: AcmeIssuer, storage: FileStorage, answers: Challenges, dns: DnsAnswers | None = None
    ) -> None:
        self.key = issuer_key(config.ca or LETS_ENCRYPT)
        self._made_of = config, storage, answers, dns
        self._orders: Orders | None = None
        self._turn = asyncio.Lock()

    async def issue(self, name: str, key: str) -> Issued:
        """See `RunningIssuer.issue`."""
        # The library keeps nonces and a connection that several threads must not share.
        async with self._turn:
            return await asyncio.to_thread(lambda: self._loaded().issue(name, key))

    async def renewal_time(self, chain: str) -> dict[str, Any] | None:
        """What the authority suggests (RFC 9773)."""
        async with self._turn:
            return await asyncio.to_thread(lambda: self._loaded().renewal_time(chain))

    def _loaded(self) -> Orders:
        from .orders import Orders

        self._orders = self._orders or Orders(*self._made_of)
        return self._orders
