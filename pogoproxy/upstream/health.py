"""Which targets may be asked. Active checks ask them; passive ones watch what requests meet.

What active checks find is a handler's own, since its checks are; failures that requests met are the target's, and
known to all who ask it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import NoUpstream
from ..http.exchange import Exchange
from .leg import Leg
from .probe import Probe
from .target import Source, Target

log = logging.getLogger(__name__)

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function after so many seconds, as `loop.call_later` does."""


@dataclass(frozen=True, slots=True)
class Passive:
    """For `fail_duration` seconds a failure counts, and `max_fails` of them take a target out; 0 remembers nothing."""

    fail_duration: float = 0.0
    max_fails: int = 1
    statuses: tuple[int, ...] = ()
    latency: float | None = None
    later: Later = field(default=lambda delay, call: asyncio.get_running_loop().call_later(delay, call))

    def failed(self, target: Target) -> None:
        """A request to the target has failed."""
        if not self.fail_duration:
            return
        target.fails += 1
        if target.fails == self.max_fails:
            target.ailments += 1
            log.warning("upstream unhealthy target=%s fails=%d", target, target.fails)

        def forget() -> None:
            if target.fails == self.max_fails:
                target.ailments -= 1
            target.fails -= 1

        self.later(self.fail_duration, forget)

    def saw(self, target: Target, status: int, seconds: float) -> None:
        """The target has answered with this status after so long."""
        is_slow = self.latency is not None and seconds >= self.latency
        if is_slow or status in self.statuses or status // 100 in self.statuses:
            self.failed(target)

    def allows(self, target: Target) -> bool:
        """Whether the target has failed less often than it may."""
        return not self.fail_duration or target.fails < self.max_fails


class Active:
    """Asks targets in turns, and keeps who is down. `passes` or `fails` in a row change a target's health."""

    def __init__(self, probe: Probe, leg: Leg, *, interval: float = 30.0, passes: int = 1, fails: int = 1) -> None:
        self.down: set[Target] = set()
        self._probe = probe
        self._leg = leg
        self._interval = interval
        self._needed = {True: passes, False: fails}
        self._in_a_row: Counter[tuple[Target, bool]] = Counter()

    async def run(self, targets: Mapping[Target, Target]) -> None:
        """Check for ever; the values are what is asked in the place of the keys."""
        while True:
            await asyncio.gather(*(self._check(target, asked) for target, asked in targets.items()))
            await asyncio.sleep(self._interval)

    async def _check(self, target: Target, asked: Target) -> None:
        self.note(target, await self._probe.passes(self._leg, asked))

    def note(self, target: Target, passed: bool) -> None:
        """Count a check's outcome."""
        self._in_a_row[target, passed] += 1
        self._in_a_row[target, not passed] = 0
        if self._in_a_row[target, passed] < self._needed[passed]:
            return
        if passed and target in self.down:
            self.down.discard(target)
            target.ailments -= 1
            log.info("upstream is up again target=%s", target)
        elif not passed and target not in self.down:
            self.down.add(target)
            target.ailments += 1
            log.warning("upstream is down target=%s", target)


class Checked:
    """A source's targets less those that may not be asked; a source itself.

    With `most` requests at a time a target is full; `most_of` says so for single ones, and 0 is any number.
    """

    def __init__(
        self,
        source: Source,
        passive: Passive,
        active: Active | None = None,
        most: int = 0,
        most_of: Mapping[Target, int] | None = None,
    ) -> None:
        self._source = source
        self._passive = passive
        self._active = active
        self._most = most
        self._most_of = most_of or {}
        self._is_counting = bool(passive.fail_duration or most or any(self._most_of.values()))
        """Whether what requests do decides, and not active checks alone."""

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """Those that are healthy and not full."""
        targets = self._source.available(exchange)
        if not self._is_counting and self._active is not None and not self._active.down:
            return targets
        return [target for target in targets if self._may_be_asked(target)]

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The same once the source has any. That they are healthy is not waited for: retries are for that."""
        targets = self._source.available(exchange) or await self._source.wait(exchange)
        found = [target for target in targets if self._may_be_asked(target)]
        if not found:
            raise NoUpstream("no upstreams available")
        return found

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`."""
        self._source.doubt(exchange)

    def _may_be_asked(self, target: Target) -> bool:
        if self._active is not None and target in self._active.down:
            return False
        most = self._most_of.get(target) or self._most
        return self._passive.allows(target) and (not most or target.active < most)
