"""A generation's pools of job workers: their broker, and how the processes of each are started and ended.

Workers of a Python module are forked by a template that has imported it; a command, or PHP, is started as it is, and
counts as ready when the broker says that it has joined.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from .apps.frankenphp import FrankenPHPApp
from .apps.pogo import PogoApp, Pool
from .broker.plan import PoolPlan
from .broker.server import Broker
from .broker.staff import Staff
from .broker.stats import PoolStats
from .jobs.wire import MAX_TASKS
from .net import private
from .php import worker_command
from .supervisor.handles import Exit
from .supervisor.loop import Supervisor
from .supervisor.plan import Launch, Role
from .units import seconds

log = logging.getLogger(__name__)

_LONGEST_DELAY = 0.5
"""Seconds until a worker is replaced at the latest. Its template has imported the module, so that it was a job that
killed it; and the jobs of others are waiting."""


class Pools:
    """The pools of one generation. `await open()` comes first; then the roles are wanted of the supervisor."""

    def __init__(
        self,
        app: PogoApp | None,
        generation: int,
        folder: Path,
        supervisor: Supervisor,
        php: FrankenPHPApp | None = None,
    ) -> None:
        self.path = folder / f"broker-{generation}.sock"
        self.templates: list[Role] = []
        self.workers: dict[str, Role] = {}
        """By pool."""
        self._client = folder / f"client-{generation}"
        self._generation = generation
        self._supervisor = supervisor
        self._php = php or FrankenPHPApp()
        self._secret = secrets.token_hex(16)
        self._broker: Broker | None = None
        if app is not None:
            pools = app.all_pools()
            staff = _Supervised(supervisor, self.workers)
            self._broker = Broker(map(self._plan, pools), staff=staff, max_tasks=app.max_tasks or MAX_TASKS)
            self._plan_roles(pools)

    @property
    def address(self) -> str:
        """The broker's socket; empty if there are no pools."""
        return str(self.path) if self._broker is not None else ""

    @property
    def roles(self) -> list[Role]:
        """What the supervisor is to hold up, templates first."""
        return [*self.templates, *self.workers.values()]

    async def open(self) -> None:
        """The broker takes connections from now on."""
        if self._broker is not None:
            await self._broker.serve(private(self.path))

    def saw(self, exit: Exit) -> None:
        """Tell the broker of the exit of one of its workers."""
        is_ours = exit.role in {role.name for role in self.workers.values()}
        if self._broker is not None and exit.pid is not None and is_ours:
            self._broker.worker_exited(exit.pid, exit.code, exit.last_words)

    def stats(self) -> list[PoolStats]:
        """A snapshot of each pool."""
        return self._broker.stats() if self._broker is not None else []

    async def drain(self, grace: float) -> None:
        """The broker tells workers to end as soon as they are idle; they are killed after the grace."""
        if self._broker is None:
            return
        names = [role.name for role in self.workers.values()]
        retiring = asyncio.create_task(self._supervisor.retire(names, grace, is_told=True))
        cut = await self._broker.drain(time.monotonic() + grace)
        await retiring
        if cut:
            log.warning("tasks cut short generation=%d count=%d", self._generation, cut)

    async def close(self) -> None:
        """Close the broker and remove what it had in the run directory."""
        if self._broker is not None:
            await self._broker.close()
        self.path.unlink(missing_ok=True)
        shutil.rmtree(self._client, ignore_errors=True)

    def _plan(self, pool: Pool) -> PoolPlan:
        limits = {
            "queue": pool.queue,
            "queue_bytes": pool.queue_size,
            "max_jobs": pool.max_jobs,
            "max_memory": pool.max_memory,
            "max_slots": pool.max_threads,
            "step": pool.slots_each,
            "limit": pool.max_size,
            "cancel_grace": seconds(pool.cancel_grace),
        }
        chosen: dict[str, Any] = {name: value for name, value in limits.items() if value}
        return PoolPlan(name=pool.name, slots=pool.slots, secret=self._secret, max_wait=pool.wait, **chosen)

    # Processes

    def _plan_roles(self, pools: Iterable[Pool]) -> None:
        templates: dict[str, Role] = {}
        for pool in pools:
            if pool.command or pool.is_php:
                launch = self._command(pool)
            else:
                template = self._template(pool, templates)
                launch = Launch(template=template.name, orders=self._orders(pool))
            self.workers[pool.name] = Role(
                f"pool {pool.name}",
                (launch,) * (pool.slots // pool.slots_each),
                self._generation,
                pool.patience,
                is_probed=launch.is_vouched,
                may_leave=True,
                longest_delay=_LONGEST_DELAY,
            )
        self.templates = list(templates.values())

    def _template(self, pool: Pool, known: dict[str, Role]) -> Role:
        """The template that imports what the pool wants, as it wants it; pools that want the same share it."""
        launch = Launch(
            "pogoproxy.jobs.template",
            orders=msgspec.json.encode({"module": pool.worker, "preload": pool.preload}),
            environment=pool.env | (self._client_path(pool) if pool.python else {}),
            directory=_folder(pool),
            python=pool.python or None,
        )
        for role in known.values():
            if role.launches == (launch,):
                return role
        others = sum(title.partition(" (")[0] == f"template {pool.worker}" for title in known)
        title = f"template {pool.worker}" + (f" ({others + 1})" if others else "")
        known[title] = Role(title, (launch,), self._generation, pool.patience)
        return known[title]

    def _client_path(self, pool: Pool) -> dict[str, str]:
        """Another interpreter finds this package, whose worker side needs nothing else, but none of our libraries."""
        self._client.mkdir(mode=0o700, exist_ok=True)
        link = self._client / __package__
        if not link.is_symlink():
            link.symlink_to(Path(__file__).parent)
        paths = [str(self._client), pool.env.get("PYTHONPATH", "")]
        return {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def _orders(self, pool: Pool) -> bytes:
        orders = {
            "module": pool.worker,
            "pool": pool.name,
            "socket": str(self.path),
            "secret": self._secret,
            "slots": pool.slots_each,
        }
        return msgspec.json.encode(orders)

    def _command(self, pool: Pool) -> Launch:
        environment = {
            **pool.env,
            "POGO_SOCKET": str(self.path),
            "POGO_WORKER_SECRET": self._secret,
            "POGO_POOL": pool.name,
            "POGO_SLOTS": str(pool.slots_each),
        }
        command = pool.command or worker_command(pool.worker, Path(_folder(pool)), self._php)
        return Launch(command=command, environment=environment, directory=_folder(pool), is_vouched=True)


class _Supervised(Staff):
    """Workers whose processes are the supervisor's children; `roles` are those of each pool."""

    def __init__(self, supervisor: Supervisor, roles: dict[str, Role]) -> None:
        self._supervisor = supervisor
        self._roles = roles

    def kill(self, pid: int, reason: str) -> None:
        self._supervisor.kill(pid, reason)

    def hire(self, pool: str) -> None:
        self._supervisor.grow(self._roles[pool].name)

    def release(self, pid: int) -> None:
        self._supervisor.release(pid)

    def joined(self, pid: int) -> None:
        self._supervisor.vouch(pid)

    def process_of(self, pid: int) -> int:
        return self._supervisor.child_of(pid)


def _folder(pool: Pool) -> str:
    return str(Path(pool.chdir).resolve())
