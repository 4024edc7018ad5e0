"""A leg that has so many requests under way to each target and no more; others wait their turn."""

from __future__ import annotations

import asyncio
from typing import Any

from .answer import Answer
from .leg import Leg, Request
from .target import Target

_MOST_TARGETS = 10_000
"""Targets whose turns are remembered until those where nobody waits are dropped."""


class LimitedLeg(Leg):
    """`most` requests at a time to a target, and so no more connections (`max_conns_per_host`).

    A request waits for its turn as long as its client does.
    """

    def __init__(self, most: int, **settings: Any) -> None:
        super().__init__(**settings)
        self._most = most
        self._turns: dict[Target, asyncio.Semaphore] = {}

    async def ask(self, target: Target, request: Request) -> Answer:
        """See `Leg.ask`; the turn is over when the answer is closed."""
        turns = self._of(target)
        await turns.acquire()
        try:
            answer = await super().ask(target, request)
        except BaseException:
            turns.release()
            raise
        answer.on_close = turns.release
        return answer

    def _of(self, target: Target) -> asyncio.Semaphore:
        turns = self._turns.get(target)
        if turns is None:
            if len(self._turns) >= _MOST_TARGETS:
                self._turns = {target: turns for target, turns in self._turns.items() if turns.locked()}
            turns = self._turns[target] = asyncio.Semaphore(self._most)
        return turns
