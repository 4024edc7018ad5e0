"""The ACME issuer: a few orders at a time, each in a thread, since the library blocks.

What talks to the authority (`orders`) loads requests, josepy and pyOpenSSL, which takes its time; so it is loaded by
the thread that first needs it, and the keeper serves meanwhile.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import PogoError
from ...units import seconds
from ..acme import DEFAULT_TIMEOUT, AcmeIssuer
from ..keeping.blocking import Blocking, Unanswered
from ..keeping.files import FileStorage
from .accounts import issuer_key
from .challenges import Challenges
from .dns01 import DnsAnswers
from .issuer import IssuanceError, Issued

if TYPE_CHECKING:
    from .orders import Orders


log = logging.getLogger(__name__)

T = TypeVar("T")

_AT_ONCE = 4
"""Orders at the same time. Let's Encrypt allows 300 in three hours."""
_MARGIN = 120.0
"""Seconds for the questions and answers between what an order waits for."""


class Acme:
    """A `RunningIssuer`."""

    is_quick = False
    suggests_renewals = True

    def __init__(
        self, config: AcmeIssuer, storage: FileStorage, answers: Challenges, dns: DnsAnswers | None = None
    ) -> None:
        self.key = issuer_key(config.directory)
        self._made_of = config, storage, answers, dns
        if not (config.challenges and config.challenges.distributed is False):
            answers.share(self.key)  # what other servers order may be asked of us
        trial = config.rehearsal
        self._rehearsal = Acme(trial, storage, answers, dns) if trial is not None else None
        self._blocking = Blocking(f"authority {self.key}", _longest(config))
        self._free: list[Orders] = []
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._opening = asyncio.Lock()

    async def issue(self, name: str, key: str, *, is_retry: bool = False) -> Issued:
        """See `RunningIssuer.issue`. Let's Encrypt allows few failures; its staging area allows many."""
        if is_retry and self._rehearsal is not None:
            await self._rehearsal.issue(name, key)
            log.info("rehearsal went well name=%s issuer=%s", name, self._rehearsal.key)
        return await self._by_one(lambda orders: orders.issue(name, key))

    async def renewal_time(self, chain: str) -> dict[str, Any] | None:
        """What the authority suggests (RFC 9773)."""
        try:
            return await self._by_one(lambda orders: orders.renewal_time(chain))
        except PogoError as error:
            log.info("renewal time unknown issuer=%s error=%s", self.key, error)
            return None

    async def _by_one(self, work: Callable[[Orders], T]) -> T:
        """Have it done by one that does nothing else meanwhile: threads must not share its nonces and connection. One
        that failed, and might hang yet, is not used again."""
        async with self._slots:
            orders = self._free.pop() if self._free else await self._another()
            done = await self._within(work, orders)
            self._free.append(orders)
            return done

    async def _another(self) -> Orders:
        """One after the other, so that the first registers the account and the others find it."""
        async with self._opening:
            return await self._within(self._opened)

    async def _within(self, work: Callable[..., T], *args: Orders) -> T:
        try:
            return await self._blocking.run(work, *args)
        except Unanswered as hanging:
            raise IssuanceError(str(hanging)) from None

    def _opened(self) -> Orders:
        from .orders import Orders

        orders = Orders(*self._made_of)
        orders.open()
        return orders


def _longest(config: AcmeIssuer) -> float:
    """Seconds for an order: two challenges may be tried, each of them waits for a proof and for the certificate."""
    delay = seconds(config.dns.propagation_delay) if config.dns else 0
    return 4 * (seconds(config.acme_timeout) or DEFAULT_TIMEOUT) + 2 * delay + _MARGIN
