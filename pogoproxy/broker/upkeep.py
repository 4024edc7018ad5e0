"""Pools that want a look now and then: those that grow and shrink, and those that nobody serves any more."""

from __future__ import annotations

from .actions import Action, Hire
from .agenda import Agenda
from .ahead import HORIZON
from .pool import Pool
from .workforce import Workforce


class Upkeep:
    """Sees to the size of pools. Whatever may change when to look is told to `watch`."""

    def __init__(self, workforce: Workforce, agenda: Agenda) -> None:
        self._workforce = workforce
        self._agenda = agenda

    def watch(self, pool: Pool, now: float) -> None:
        """Look at that pool again when it is time; at no cost where there is nothing to look for."""
        if pool.deserted is None and not pool.scale.is_elastic:
            if not pool.ahead.ids:
                return
            due = self._agenda.get(pool)
            if due is not None and due <= now + HORIZON:
                return
        when = pool.next_look(now)
        if when is None:
            self._agenda.discard(pool)
        else:
            self._agenda.set(pool, when)

    def resize(self, pool: Pool, now: float) -> list[Action]:
        """Start another process, or let some go, the least busy first."""
        change = pool.scale.look(now, pool.used(), pool.oldest(), is_short=pool.is_short_of_workers())
        actions: list[Action] = [Hire(pool.plan.name)] * (max(0, change) // pool.plan.step)
        lasting = [each for each in pool.workers.values() if each.is_serving() and not each.is_worn]
        for worker in sorted(lasting, key=lambda worker: len(worker.tasks))[: -min(0, change) // pool.plan.step]:
            actions += self._workforce.let_go(worker, now)
        return actions
