"""One config's processes: app workers, pools with their broker, fronts. A reload makes a second one beside the first.

Nothing is shared between generations but the listening sockets and the supervisor, so the old one drains with its
own code, its own pools and its own broker while the new one serves.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from . import php
from .broker.stats import PoolStats
from .config.provision import php_handlers
from .config.root import Config
from .config.secure import is_any_secure, is_secure
from .handlers.app import Application
from .hosting.orders import Orders
from .listeners import Sockets
from .net import private
from .orders import FrontOrders, KeeperOrders, Listener, State
from .pools import Pools
from .supervisor.children import Life
from .supervisor.cpus import available_cpus
from .supervisor.handles import Exit
from .supervisor.loop import Supervisor
from .supervisor.plan import Launch, Role
from .tls.keeping.client import report
from .units import seconds
from .upstream.app_targets import PHP, app_key

log = logging.getLogger(__name__)

FRONT = "front"
"""The title of the role that serves."""

_HEAP = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20), "MALLOC_TRIM_THRESHOLD_": str(8 << 20)}
"""For glibc in a front (mallopt(3)). Large bodies are read in blocks of 256 KB, which it may give back to the kernel
after each and get anew, cleared, for up to half of all that a body costs. It keeps 8 MiB instead."""

_LAST_SECONDS = 2.0
"""What each kind of child gets at least, even if others have used up the whole grace."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a config wants to run, and where: `number` is the generation's, `sockets` are bound already.

    `names` want certificates; `config` has nothing implied any more.
    """

    number: int
    config: Config
    names: tuple[str, ...]
    sockets: Sockets
    run_directory: Path

    @property
    def grace(self) -> float:
        """Seconds for running requests."""
        return self.config.http.grace


@dataclass
class _Apps:
    """The app workers' roles, and their sockets by slot; all by app."""

    roles: dict[str, Role] = field(default_factory=dict)
    paths: dict[str, tuple[str, ...]] = field(default_factory=dict)
    listeners: dict[str, list[socket.socket]] = field(default_factory=dict)

    def close(self) -> None:
        """Close and remove the sockets."""
        for listener in itertools.chain.from_iterable(self.listeners.values()):
            listener.close()
        for path in itertools.chain.from_iterable(self.paths.values()):
            Path(path).unlink(missing_ok=True)


class Generation:
    """`await start(…)`, later `await drain(grace)`; after a failed start `abort()` removes what was started."""

    def __init__(self, plan: Plan, supervisor: Supervisor) -> None:
        self.plan = plan
        self._supervisor = supervisor
        self._pools = Pools(None, plan.number, plan.run_directory, supervisor)
        self._apps = _Apps()
        self._front: Role | None = None
        self._keeper: list[Role] = []
        self._keeper_path = plan.run_directory / f"keeper-{plan.number}.sock"
        self._keeper_listener: socket.socket | None = None
        self._teller: asyncio.Task[None] | None = None
        self._ends_at: float | None = None

    async def start(self, apps: Iterable[Application]) -> None:
        """Return when a request would be served; ProcessError if a role cannot start."""
        pogo, php = self.plan.config.apps.pogo, self.plan.config.apps.frankenphp
        self._pools = Pools(pogo, self.plan.number, self.plan.run_directory, self._supervisor, php)
        await self._pools.open()
        self._plan_apps(apps)
        if php_handlers(self.plan.config):
            self._plan_php()
        self._keeper = self._plan_keeper()
        self._front = self._plan_front()
        behind = [*self._keeper, *self._pools.roles, *self._apps.roles.values()]
        for role in (*behind, self._front):
            self._supervisor.want(role)
        await self._supervisor.until_ready([role.name for role in behind])
        self._tell()
        self._teller = asyncio.create_task(self._keep_telling())
        self._teller.add_done_callback(_complain)
        await self._supervisor.until_ready([self._front.name])

    def announce_end(self, delay: float) -> None:
        """Tell requests that `drain` comes in so many seconds."""
        self._ends_at = time.monotonic() + delay
        if self._teller is not None:
            self._tell()

    async def drain(self, grace: float) -> None:
        """Fronts stop accepting and finish within `grace` seconds; then what worked for them ends."""
        deadline = time.monotonic() + grace
        await self._retire([self._front] if self._front else [], _left(deadline))
        await self._hush()
        await self._retire(self._apps.roles.values(), _left(deadline))
        await self._pools.drain(_left(deadline))
        await self._retire([*self._pools.templates, *self._keeper], _left(deadline))
        await self._close()

    async def abort(self) -> None:
        """Remove what a failed start has left, all at once."""
        await self._hush()
        await self._supervisor.retire(self.role_names, _LAST_SECONDS)
        await self._close()

    async def _hush(self) -> None:
        if self._teller is not None:
            self._teller.cancel()
            await asyncio.wait([self._teller])

    async def _close(self) -> None:
        await self._pools.close()
        self._apps.close()
        if self._keeper_listener is not None:
            self._keeper_listener.close()
            self._keeper_path.unlink(missing_ok=True)

    def saw(self, exit: Exit) -> None:
        """Pass the exit of a pool worker on to its pool."""
        self._pools.saw(exit)

    def pool_stats(self) -> list[PoolStats]:
        """A snapshot of its pools."""
        return self._pools.stats()

    async def lacking_certificates(self) -> tuple[dict[str, str], ...]:
        """The names that should have certificates, and do not, with the reason."""
        if not self._keeper:
            return ()
        try:
            return await report(str(self._keeper_path))
        except (OSError, TimeoutError) as error:
            return ({"name": "*", "error": f"the keeper does not answer: {error}"},)

    @property
    def role_names(self) -> list[str]:
        """All its roles."""
        front = [self._front] if self._front else []
        return [role.name for role in (*front, *self._apps.roles.values(), *self._pools.roles, *self._keeper)]

    # Apps

    def _plan_apps(self, apps: Iterable[Application]) -> None:
        for app in apps:
            if app_key(app) not in self._apps.roles:
                self._plan_app(app)

    def _plan_app(self, app: Application) -> None:
        place = len(self._apps.roles)
        count = app.workers or available_cpus()
        paths = [self.plan.run_directory / f"app-{self.plan.number}-{place}-{slot}.sock" for slot in range(count)]
        listeners = [private(path) for path in paths]
        launches = tuple(self._app_launch(app, listener) for listener in listeners)
        others = sum(role.title.partition(" (")[0] == f"app {app.app}" for role in self._apps.roles.values())
        title = f"app {app.app}" + (f" ({others + 1})" if others else "")
        self._apps.roles[app_key(app)] = Role(title, launches, self.plan.number)
        self._apps.paths[app_key(app)] = tuple(map(str, paths))
        self._apps.listeners[app_key(app)] = listeners

    def _app_launch(self, app: Application, listener: socket.socket) -> Launch:
        directory = str(Path(app.chdir).resolve())
        interface, timeout = app.interface or "auto", seconds(app.timeout)
        orders = Orders(app.app, directory, listener.fileno(), interface, self.plan.grace, timeout=timeout)
        return Launch(
            "pogoproxy.hosting.app_worker",
            fds=(listener.fileno(),),
            orders=msgspec.json.encode(orders),
            environment={**app.env, "POGO_SOCKET": self._pools.address},
            directory=directory,
        )

    def _plan_php(self) -> None:
        """One php-fpm for all sites."""
        path = self.plan.run_directory / f"php-{self.plan.number}.sock"
        listener = private(path)
        role = php.fpm_role(
            self.plan.config, self.plan.number, path.with_suffix(".conf"), listener, self._pools.address
        )
        self._apps.roles[PHP] = role
        self._apps.paths[PHP] = (str(path),)
        self._apps.listeners[PHP] = [listener]

    # Fronts and the keeper of their certificates

    def _plan_keeper(self) -> list[Role]:
        """No role at all where nothing speaks TLS."""
        if not is_any_secure(self.plan.config.http):
            return []
        self._keeper_listener = private(self._keeper_path)
        fd = self._keeper_listener.fileno()
        orders = KeeperOrders(self.plan.config, self.plan.names, fd)
        launch = Launch("pogoproxy.keeper", fds=(fd,), orders=msgspec.json.encode(orders), is_ours=True)
        return [Role("keeper", (launch,), self.plan.number, is_probed=False)]

    def _plan_front(self) -> Role:
        http = self.plan.config.http
        listeners = {
            name: tuple(
                Listener(bound.fileno(), is_secure(server, address, http), protocols)
                for address, protocols in server.spoken().items()
                for bound in self.plan.sockets[address]
            )
            for name, server in http.servers.items()
        }
        path = str(self._keeper_path) if self._keeper else ""
        orders = FrontOrders(self.plan.config, listeners, self.plan.grace, path)
        fds = tuple(fd for group in listeners.values() for fd in (listener.fd for listener in group))
        encoded = msgspec.json.encode(orders)
        launch = Launch("pogoproxy.front", fds=fds, orders=encoded, environment=_HEAP, is_ours=True)
        # A front waits for the word while app workers and pools start; that time is theirs to be late in.
        count = http.fronts or available_cpus()
        return Role(FRONT, (launch,) * count, self.plan.number, boot_timeout=600, is_probed=False)

    def _tell(self) -> None:
        """Tell the fronts to serve, and where the app workers are."""
        assert self._front is not None
        state = State(True, {key: self._targets(key) for key in self._apps.roles}, self._ends_at)
        self._supervisor.tell(self._front.name, msgspec.json.encode(state))

    def _targets(self, key: str) -> tuple[str, ...]:
        """The sockets of the workers that serve. While none does, all of them, since requests may wait in their
        backlogs for a replacement; none once the app is in a crash loop, which a request should not wait for."""
        crew = self._supervisor.table.crews[self._apps.roles[key].name]
        paths = self._apps.paths[key]
        serving = tuple(paths[child.slot] for child in crew.lives(Life.READY))
        return serving or (paths if crew.failures <= 1 else ())

    async def _keep_telling(self) -> None:
        told = None
        while True:
            now = {key: self._targets(key) for key in self._apps.roles}
            if now != told:
                self._tell()
                told = now
            for key in (key for key, targets in now.items() if not targets):
                self._shed(key)
            await self._supervisor.change()

    def _shed(self, key: str) -> None:
        """Close what waits in the backlogs of an app in a crash loop, so that those requests fail now and not never."""
        for listener in self._apps.listeners[key]:
            patience = listener.gettimeout()
            listener.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    listener.accept()[0].close()
            listener.settimeout(patience)

    async def _retire(self, roles: Iterable[Role], grace: float) -> None:
        await self._supervisor.retire([role.name for role in roles], grace)


def _complain(teller: asyncio.Task[None]) -> None:
    """A teller ends by being cancelled; if it breaks, the fronts know only what they have heard so far."""
    if not teller.cancelled() and teller.exception() is not None:
        log.critical("fronts are not told of app workers any more", exc_info=teller.exception())


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), _LAST_SECONDS)
