"""What certificates there are and what is wanted, brought together: loads, obtains, renews, and answers for names.

One loop looks after all names that are due; each attempt is a task of its own, and no answer waits for one but that
of a name whose first certificate is made on this machine, or is obtained on demand.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable

from ...errors import PogoError
from ..issuing.issuer import IssuanceError
from .certificate import Certificate
from .demand import OnDemandGate
from .files import FileStorage
from .inventory import Inventory, selector
from .locks import locked
from .managed import Managed, Stage
from .managers import from_managers
from .messages import Ask
from .policies import Policies, Policy
from .renewal import ASK_INTERVAL, due_at, retry_delay
from .revocation import CHECK_INTERVAL
from .supply import Supplied, Supply
from .watching import WatchedFiles

log = logging.getLogger(__name__)

_AT_ONCE = 8
"""Certificates that are obtained at the same time."""
_FIRST_WAIT = 5.0
"""Seconds that a handshake waits for a certificate that this machine makes itself."""
_LONGEST_SLEEP = 600.0


class Unavailable(PogoError):
    """There is no certificate for a handshake.

    `is_known` if the name is one of ours, `is_lasting` if asking again changes nothing.
    """

    def __init__(self, reason: str, *, is_known: bool = False, is_lasting: bool = False) -> None:
        super().__init__(reason)
        self.is_known = is_known
        self.is_lasting = is_lasting


class Keeper:
    """`manage` names, load `files`, then `run` for ever; `answer` meanwhile."""

    def __init__(
        self,
        storage: FileStorage,
        policies: Policies,
        gate: OnDemandGate | None = None,
        *,
        renew_interval: float = _LONGEST_SLEEP,
        check_interval: float = CHECK_INTERVAL,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.inventory = Inventory()
        self.on_change: Callable[[], None] = lambda: None
        """Told whenever what was answered before may be outdated."""
        self._supply = Supply(storage, clock)
        self._policies = policies
        self._gate = gate
        self._interval = renew_interval
        self._check_interval = check_interval
        self._clock = clock
        self._managed: dict[str, Managed] = {}
        self.files = WatchedFiles(self.inventory, self._changed)
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._awake = asyncio.Event()

    def _changed(self) -> None:
        self.on_change()

    # What is wanted

    async def manage(self, names: Iterable[str]) -> None:
        """Get and renew certificates for these names, with what the storage has already. Where clients must ask first,
        they must."""
        wanted = {name: self._policies.of(name) for name in names if name not in self._managed}
        new = [Managed(name, policy) for name, policy in wanted.items() if not policy.is_deferred]
        await asyncio.gather(*map(self._adopt, new))
        self._awake.set()

    async def _adopt(self, managed: Managed) -> None:
        """Take it on. If the storage cannot be read, nothing is obtained that may be there."""
        self._managed[managed.name] = managed
        managed.move(Stage.WORKING)
        try:
            stored = await self._supply.stored(managed)
        except PogoError as error:
            self._failed(managed, error)
            return managed.done.set()
        if stored is None:
            return managed.move(Stage.WAITING)
        self._keep(managed, stored)
        managed.move(Stage.KEPT)
        return managed.done.set()

    def _keep(self, managed: Managed, supplied: Supplied) -> None:
        if managed.certificate is not None:
            self.inventory.remove(managed.certificate)
        managed.certificate = supplied.certificate
        managed.is_replaced = managed.is_key_spoilt = False
        managed.failures, managed.reason = 0, ""
        self._plan(managed, supplied)
        managed.check_at = 0.0 if managed.policy.responder(supplied.certificate) else math.inf
        self.inventory.add(supplied.certificate)
        self._changed()

    def _plan(self, managed: Managed, supplied: Supplied) -> None:
        """When to renew it, by what the authority has said last; whom nobody has asked yet is asked soon."""
        certificate, noted = supplied.certificate, supplied.noted
        wanted = float(noted.get("renewal_time") or 0)
        ratio = managed.policy.config.renewal_window_ratio
        managed.due = due_at(certificate.not_before, certificate.not_after, ratio, wanted=wanted)
        issuer = managed.policy.issuer(certificate.issuer)
        is_asked = issuer is not None and issuer.suggests_renewals
        managed.ask_at = float(noted["asked"]) + ASK_INTERVAL if "asked" in noted else 0.0
        managed.ask_at = managed.ask_at if is_asked else math.inf

    # The loop

    async def run(self) -> None:
        """Look after everything; never returns."""
        looking = asyncio.create_task(self.files.watch())
        try:
            while True:
                self._awake.clear()
                self._start_due()
                pause = min((one.next for one in self._idle()), default=math.inf) - self._clock()
                try:
                    async with asyncio.timeout(min(max(pause, 1.0), self._interval)):
                        await self._awake.wait()
                except TimeoutError:
                    pass
        finally:
            looking.cancel()
            for task in self._tasks:
                task.cancel()

    def _idle(self) -> list[Managed]:
        return [one for one in self._managed.values() if one.stage is not Stage.WORKING]

    def _start_due(self) -> None:
        now = self._clock()
        for managed in self._idle():
            if managed.next <= now:
                self._start(managed)

    def _start(self, managed: Managed) -> None:
        managed.move(Stage.WORKING)
        task = asyncio.create_task(self._work(managed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self, managed: Managed) -> None:
        try:
            async with self._slots, locked(self._supply.storage, f"issue_cert_{managed.name}"):
                if managed.due <= self._clock():
                    await self._obtain(managed)
                else:
                    await self._look_after(managed)
            managed.move(Stage.KEPT)
        except PogoError as error:
            self._failed(managed, error)
        except Exception as error:
            log.exception("issuance crashed name=%s", managed.name)
            self._failed(managed, error)
        finally:
            managed.done.set()
            self._awake.set()

    def _failed(self, managed: Managed, error: Exception) -> None:
        managed.failures += 1
        managed.reason = str(error)
        asked = error.retry_after if isinstance(error, IssuanceError) else 0.0
        delay = max(retry_delay(managed.failures), asked)
        event = "certificate not obtained" if managed.due <= self._clock() else "certificate not looked after"
        managed.postpone(self._clock(), delay)
        managed.move(Stage.WAITING)
        log.error(f"{event} name=%s failures=%d retry_in=%ds error=%s", managed.name, managed.failures, delay, error)

    async def _obtain(self, managed: Managed) -> None:
        # While we waited for the lock, another process may have done it.
        stored = await self._supply.stored(managed)
        if stored is not None and managed.is_bettered_by(stored.certificate):
            self._keep(managed, stored)
            if managed.due > self._clock():
                return
        self._keep(managed, await self._supply.issued(managed))
        assert managed.certificate is not None
        log.info("certificate obtained name=%s issuer=%s", managed.name, managed.certificate.issuer)

    async def _look_after(self, managed: Managed) -> None:
        """Hear what the authority says of a certificate that is not due."""
        if managed.ask_at <= self._clock():
            self._plan(managed, await self._supply.asked(managed))
        if managed.check_at <= self._clock():
            managed.check_at = self._clock() + self._check_interval
            status = await self._supply.status(managed)
            if status.is_revoked:
                log.error("certificate revoked name=%s key_compromised=%s", managed.name, status.is_key_compromised)
                managed.is_replaced, managed.is_key_spoilt = True, status.is_key_compromised
                managed.due = 0.0
        managed.failures, managed.reason = 0, ""

    # Answers

    async def answer(self, ask: Ask) -> tuple[tuple[Certificate, ...], bool]:
        """The certificates for a handshake, and whether the answer holds for the next one; Unavailable if none is."""
        name = ask.server_name or ask.address
        found = self._find(name, ask)
        if found:
            return found, True
        managed = self._managed_for(name)
        if managed is not None and managed.policy.is_quick and not managed.done.is_set():
            async with asyncio.timeout(_FIRST_WAIT):
                await managed.done.wait()
            found = self._find(name, ask)
            if found:
                return found, True
        if ask.server_name:
            policy = self._policies.of(name)
            if policy.managers and (given := await from_managers(policy.managers, ask)):
                return (given,), False
            if policy.config.on_demand and managed is None:
                await self._demand(name, policy)
                return self._find(name, ask), True
            if policy.managers:
                raise Unavailable(f"nobody has a certificate for {name!r}")
        raise self._unavailable(name, managed)

    def _find(self, name: str, ask: Ask) -> tuple[Certificate, ...]:
        select, now = selector(ask.selection), self._clock()
        others = (ask.fallback,) if ask.server_name else (ask.default, ask.fallback)
        for one in filter(None, (name, *others)):
            if found := self.inventory.find(one, select, now):
                return found
        return ()

    def _managed_for(self, name: str) -> Managed | None:
        wildcard = "*." + name.partition(".")[2]
        return self._managed.get(name) or self._managed.get(wildcard)

    def _unavailable(self, name: str, managed: Managed | None) -> Unavailable:
        if managed is None:
            return Unavailable(f"no certificate for {name!r}", is_lasting=True)
        reason = managed.reason or f"the certificate for {name!r} is not obtained yet"
        return Unavailable(reason, is_known=True, is_lasting=True)

    async def _demand(self, name: str, policy: Policy) -> None:
        """Obtain a certificate because a client asks for the name; Unavailable if that is not allowed, or fails."""
        if self._gate is None or not await self._gate.allows(name):
            raise Unavailable(f"no certificate on demand for {name!r}")
        managed = self._managed.get(name) or Managed(name, policy)
        if name not in self._managed:
            await self._adopt(managed)
        if managed.certificate is None:
            self._awake.set()
            await managed.done.wait()
        if managed.certificate is None:
            raise Unavailable(managed.reason, is_known=True)

    def report(self) -> list[dict[str, str]]:
        """Each managed name that has no certificate, or no new one in time, and why."""
        return [{"name": one.name, "error": one.reason} for one in self._managed.values() if one.is_lacking()]
