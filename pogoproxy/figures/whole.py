"""The figures of the whole server: what the parent asks of its fronts, and what it counts itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ..broker.stats import PoolStats
from ..metrics import Family
from ..supervisor.children import Life
from ..supervisor.loop import Supervisor
from .collector import Collector
from .parent import LastReload, children_families, pool_families, reload_families


class Figures:
    """`fronts` is the title of the fronts' role; those of generations that drain are asked, too."""

    def __init__(self, supervisor: Supervisor, fronts: str, pools: Callable[[], Iterable[PoolStats]]) -> None:
        self._table = supervisor.table
        self._title = fronts
        self._pools = pools
        self._last_reload = LastReload(True, time.time())
        self._collector = Collector(self._fronts, supervisor.say, self._own)
        self.heard = self._collector.heard
        """To be told what children say."""

    async def families(self) -> list[Family]:
        """The figures of all processes, as of now."""
        return await self._collector.families()

    def gone(self, pid: int | None) -> None:
        """A child has ended."""
        if pid is not None:
            self._collector.gone(pid)

    def reloaded(self, *, is_success: bool) -> None:
        """A configuration was replaced, or was not."""
        self._last_reload = (
            LastReload(True, time.time()) if is_success else replace(self._last_reload, is_success=False)
        )

    def _own(self) -> Iterator[Family]:
        yield from children_families(self._table)
        yield from pool_families(self._pools())
        yield from reload_families(self._last_reload)

    def _fronts(self) -> list[int]:
        """The process ids of fronts that serve or drain."""
        crews = [crew for crew in self._table.crews.values() if crew.role.title == self._title]
        fronts = [child for crew in crews for child in crew.children.values()]
        return [child.pid for child in fronts if child.pid is not None and child.life in (Life.READY, Life.STOPPING)]
