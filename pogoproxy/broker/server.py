"""The broker on an event loop: it does what the core decides."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import socket
import time
from collections.abc import Callable, Iterable, Sequence

from ..jobs.wire import HEAD_ROOM, LIMIT, MAX_TASKS, Kind
from . import memory
from .actions import Action
from .core import Core
from .effects import Effects
from .plan import PoolPlan
from .session import Session
from .staff import Staff
from .stats import PoolStats
from .worker import ExitReport

log = logging.getLogger(__name__)


class Broker:
    """Joins callers and workers over one listening Unix socket.

    `staff` starts and ends the workers' processes; how each has ended is then reported by `worker_exited`.
    `max_tasks` is what callers are told that one request may have open.
    """

    def __init__(
        self,
        pools: Iterable[PoolPlan] = (),
        *,
        staff: Staff | None = None,
        max_tasks: int = MAX_TASKS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.core = Core(pools)
        self.clock = clock
        self.callers: dict[int, Session] = {}
        self.workers: dict[int, Session] = {}
        self.staff = staff or Staff()
        self.max_tasks = max_tasks
        self._effects = Effects(self.callers, self.workers, self.staff)
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf
        self._scales: asyncio.TimerHandle | None = None
        self._quiet = asyncio.Event()
        self._sessions: set[Session] = set()
        self._is_empty = asyncio.Event()

    async def serve(self, listener: socket.socket) -> None:
        """Accept connections on `listener` from now on; `close` ends it."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(self._session, sock=listener)
        self._weigh()

    async def close(self) -> None:
        """Stop accepting and close every connection."""
        for timer in (self._timer, self._scales):
            if timer is not None:
                timer.cancel()
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            session.close()
        if self._sessions:
            self._is_empty.clear()
            await self._is_empty.wait()

    def set_pools(self, pools: Sequence[PoolPlan]) -> None:
        """Take a new configuration: its workers serve, those of the last one finish what they run and end."""
        self.perform(self.core.set_pools(pools, self.clock()))
        limit = self.frame_limit()
        for session in (*self.callers.values(), *self.workers.values()):
            session.raise_limit(limit)
        for session in self.callers.values():
            session.send_json(Kind.POOLS, {"pools": self.pool_sizes(), "limit": limit})

    def worker_exited(self, pid: int, returncode: int | None, stderr_tail: Sequence[str] = ()) -> None:
        """The supervisor's word on a worker's process: `returncode` as in `subprocess`, the last lines it wrote."""
        self.perform(self.core.exited(pid, ExitReport(returncode, tuple(stderr_tail)), self.clock()))

    async def drain(self, deadline: float) -> int:
        """Refuse new tasks, let the open ones end until `deadline` (on this broker's clock), cancel the rest.

        Returns how many were cut short. All workers are told to end.
        """
        self.core.refuse_spawns()
        if self.core.ledger.tasks:
            self._quiet.clear()
            try:
                await asyncio.wait_for(self._quiet.wait(), max(0.0, deadline - self.clock()))
            except TimeoutError:
                log.warning("drain deadline passed open_tasks=%d", len(self.core.ledger.tasks))
        cut = len(self.core.ledger.tasks)
        self.perform(self.core.stop(self.clock()))
        return cut

    def stats(self) -> list[PoolStats]:
        """A snapshot of each pool."""
        return self.core.stats()

    def _weigh(self) -> None:
        """Look how large the workers are that must not grow beyond a limit."""
        self._scales = asyncio.get_running_loop().call_later(memory.INTERVAL, self._weigh)
        limited = {name for name, pool in self.core.pools.items() if pool.plan.max_memory}
        for worker in list(self.core.workforce.workers.values()) if limited else ():
            if worker.pool in limited and (size := memory.own_bytes(worker.pid)):
                self.perform(self.core.weigh(worker.number, size))

    # For sessions

    def pool_sizes(self) -> dict[str, int]:
        """Slots by pool, as callers are told."""
        return {name: pool.plan.slots for name, pool in self.core.pools.items()}

    def frame_limit(self) -> int:
        """The largest payload that any pool allows."""
        return max((pool.plan.limit for pool in self.core.pools.values()), default=LIMIT) + HEAD_ROOM

    def forget(self, session: Session) -> None:
        """A connection ended."""
        self._sessions.discard(session)
        self.callers.pop(session.number, None)
        self.workers.pop(session.number, None)
        if not self._sessions:
            self._is_empty.set()

    def perform(self, actions: Iterable[Action]) -> None:
        """Do what the core decided, in order, and wake when it has to decide next."""
        self._effects.perform(actions)
        if not self.core.ledger.tasks:
            self._quiet.set()
        due = self.core.next_due()
        if due is not None and due < self._timer_due:
            self._rearm(due)

    def _rearm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer_due = due
        self._timer = asyncio.get_running_loop().call_later(max(0.0, due - self.clock()), self._tick)

    def _tick(self) -> None:
        self._timer, self._timer_due = None, math.inf
        self.perform(self.core.tick(self.clock()))

    def _session(self) -> Session:
        session = Session(self, next(self._numbers))
        self._sessions.add(session)
        return session
