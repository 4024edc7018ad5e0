"""The parent's side. What a front has reported is remembered, so that no counter falls when the front is gone.

A front that ends reports last of all. One that is killed takes with it what it has counted since its last report; that
was never shown, so counters only stand still for a moment.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable

import msgspec

from ..metrics import Family, joined, lasting
from .messages import Asked, Joined, Report, Wanted, from_front

log = logging.getLogger(__name__)

_PATIENCE = 2.0
"""Seconds for the fronts' reports. Of one that is late the last report counts."""

Say = Callable[[int, bytes], None]
"""Send a JSON text to the front with that process id."""


class Collector:
    """`families()` are the figures of all: `fronts` are the ids of those that live, `own` are the parent's."""

    def __init__(self, fronts: Callable[[], Iterable[int]], say: Say, own: Callable[[], Iterable[Family]]) -> None:
        self._fronts = fronts
        self._say = say
        self._own = own
        self._number = 0
        self._latest: dict[int, list[Family]] = {}
        self._gone: list[Family] = []
        self._missing: dict[int, set[int]] = {}
        """Who has not reported yet, by the number of the question."""
        self._reported = asyncio.Event()
        self._answering: set[asyncio.Task[None]] = set()

    async def families(self) -> list[Family]:
        """Ask all, and join what they say."""
        self._number += 1
        number = self._number
        missing = self._missing[number] = set(self._fronts())
        for front in tuple(missing):
            self._say(front, msgspec.json.encode(Asked(number)))
        try:
            async with asyncio.timeout(_PATIENCE):
                while missing:
                    await self._reported.wait()
        except TimeoutError:
            log.warning("fronts are late to report pids=%s", sorted(missing))
        finally:
            del self._missing[number]
        return joined([self._own(), self._gone, *self._latest.values()])

    def heard(self, front: int, message: bytes) -> None:
        """Take a front's message; msgspec.MsgspecError if it is none."""
        match from_front.decode(message):
            case Report(number, families):
                self._latest[front] = families
                self._done(front, number)
            case Wanted(number):
                answering = asyncio.create_task(self._answer(front, number))
                self._answering.add(answering)
                answering.add_done_callback(self._answering.discard)

    async def _answer(self, front: int, number: int) -> None:
        self._say(front, msgspec.json.encode(Joined(number, await self.families())))

    def gone(self, front: int) -> None:
        """A process has ended, perhaps a front."""
        self._gone = joined([self._gone, lasting(self._latest.pop(front, []))])
        for number in self._missing:
            self._done(front, number)

    def _done(self, front: int, number: int) -> None:
        missing = self._missing.get(number, set())
        missing.discard(front)
        if not missing:
            # Everybody who waits looks at his own question.
            self._reported.set()
            self._reported.clear()
