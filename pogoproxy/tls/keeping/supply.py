"""Where a managed name's certificate comes from: the storage, or its issuers in turn; and what they say of it later."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ...errors import RuntimeFault
from ..issuing import keys
from ..issuing.issuer import IssuanceError, RunningIssuer
from . import resources, revocation
from .certificate import Certificate, parse
from .files import FileStorage, StorageFault
from .managed import Managed

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Supplied:
    """A certificate, and what is noted beside it: with `renewal_time` and `asked` in seconds since 1970, if its issuer
    was asked when it wants the renewal."""

    certificate: Certificate
    noted: dict[str, Any] = field(default_factory=dict)


class Supply:
    """All waiting for the storage has its limit."""

    def __init__(self, storage: FileStorage, clock: Callable[[], float]) -> None:
        self.storage = storage
        self._clock = clock

    async def stored(self, managed: Managed) -> Supplied | None:
        """What serves longest of that in the storage; RuntimeFault if that cannot be read."""
        return await self.storage.within(self._stored, managed)

    def _stored(self, managed: Managed) -> Supplied | None:
        found = []
        for issuer in managed.policy.issuers:
            try:
                one = resources.load(self.storage, issuer.key, managed.name)
            except StorageFault:
                raise
            except RuntimeFault as broken:
                log.warning("stored certificate unusable name=%s error=%s", managed.name, broken)
                continue
            if one is not None and one.is_valid(self._clock()):
                found.append(one)
        if not found:
            return None
        best = max(found, key=lambda one: one.not_after)
        return Supplied(best, resources.issuer_data(self.storage, best.issuer, managed.name))

    async def issued(self, managed: Managed) -> Supplied:
        """A new one from the first issuer that gives one; IssuanceError if none does."""
        problems = []
        for issuer in managed.policy.issuers:
            try:
                return await self._issued_by(issuer, managed)
            except IssuanceError as error:
                problems.append(error)
                log.warning("issuer failed name=%s issuer=%s error=%s", managed.name, issuer.key, error)
        longest = max((one.retry_after for one in problems), default=0.0)
        raise IssuanceError("; ".join(map(str, problems)), retry_after=longest)

    async def _issued_by(self, issuer: RunningIssuer, managed: Managed) -> Supplied:
        key = await self._key(managed)
        issued = await issuer.issue(managed.name, key, is_retry=managed.failures > 0)
        certificate = parse(issued.chain, key, issuer=issuer.key)
        asked = await issuer.renewal_time(issued.chain) or {}
        if asked.get("renewal_time", self._clock() + 1) <= self._clock():
            # Whoever wants a new certificate renewed at once would be asked for one after another, up to its limits.
            del asked["renewal_time"]
        noted = {**(issued.data or {}), **asked}
        try:
            await self.storage.within(resources.store, self.storage, certificate, managed.name, noted or None)
        except RuntimeFault as error:
            # It is served all the same: an authority has limits to how often it gives another one.
            log.error("certificate not stored name=%s error=%s", managed.name, error)
        return Supplied(certificate, noted)

    async def _key(self, managed: Managed) -> str:
        """The old one if that is wanted and may be, else a new one; in PEM."""
        policy, before = managed.policy.config, managed.certificate
        if policy.reuse_private_keys and before is not None and not managed.is_key_spoilt:
            return before.key
        return keys.to_pem(await asyncio.to_thread(keys.make, policy.key_type))

    async def asked(self, managed: Managed) -> Supplied:
        """What there is, after its issuer was asked whether it wants the renewal at another time now (RFC 9773), since
        it means to revoke, say. RuntimeFault if that cannot be noted."""
        certificate = managed.certificate
        assert certificate is not None
        noted = await self.storage.within(resources.issuer_data, self.storage, certificate.issuer, managed.name)
        noted["asked"] = self._clock()
        issuer = managed.policy.issuer(certificate.issuer)
        if issuer is not None:
            noted |= await issuer.renewal_time(certificate.chain) or {}
        await self.storage.within(resources.note, self.storage, certificate, managed.name, noted)
        return Supplied(certificate, noted)

    async def status(self, managed: Managed) -> revocation.Status:
        """Whether what there is has been revoked; it is not, as long as nobody can tell."""
        certificate = managed.certificate
        assert certificate is not None
        try:
            where = managed.policy.responder(certificate)
            return await asyncio.to_thread(revocation.fetched, certificate.chain, where)
        except RuntimeFault as unknown:
            log.info("revocation unknown name=%s error=%s", managed.name, unknown)
            return revocation.Status(is_revoked=False)
