"""The parent: holds the listeners, the supervisor and the current generation; starts, reloads, stops.

Signals and admin requests only set an event or put a reload into the inbox; `Runtime` takes one at a time. SIGINT and
SIGTERM stop gracefully, a second one at once, SIGQUIT at once, SIGUSR1 reloads the file; SIGHUP and SIGUSR2 are
ignored, as Caddy does it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from .admin.listener import AdminListener
from .broker.stats import PoolStats
from .config.adapt import Adapted
from .config.automatic_https import expanded
from .config.provision import apps_in, check
from .config.root import Config
from .config.secure import is_secure
from .errors import PogoError, RuntimeFault
from .figures.whole import Figures
from .generation import FRONT, Generation, Plan
from .listeners import Listeners
from .logs.setup import install, router_of
from .metrics import Family
from .net import ListenAddress
from .notify import Notifier
from .rundir import run_directory
from .supervisor.children import Children
from .supervisor.handles import Exit
from .supervisor.loop import Supervisor
from .units import seconds

log = logging.getLogger(__name__)

FORCED = 2
"""The exit status of a stop that did not wait, as Caddy's."""

_ONE_SIGNAL = 0.25
"""Seconds in which two signals count as one: `timeout` and some shells signal the process and then its group."""

Read = Callable[[], Adapted]
"""Get a config, as from a file; PogoError if that cannot be."""


@dataclass(frozen=True, slots=True)
class Reload:
    """Replace the config; `done` gets the error that made us keep the old one, or None."""

    read: Read
    done: asyncio.Future[None]
    is_forced: bool = False


class Runtime:
    """`await run()` serves until it is told to stop and returns the exit status."""

    def __init__(self, adapted: Adapted, read: Read, notifier: Notifier | None = None) -> None:
        self.config = adapted.config
        self._notifier = notifier or Notifier()
        self._origins = adapted.origins
        self._read = read
        self._inbox: asyncio.Queue[Reload] = asyncio.Queue(maxsize=16)
        self._stopping = asyncio.Event()
        self._forced = asyncio.Event()
        self._asked = 0.0
        self._listeners = Listeners()
        self._admin = AdminListener(self)
        self._generations: list[Generation] = []
        self._drains: dict[Generation, asyncio.Task[None]] = {}
        self._number = 0

    # What signals and the admin API ask for

    def stop(self) -> None:
        """Stop gracefully; asked again, stop at once."""
        now = asyncio.get_running_loop().time()
        if not self._stopping.is_set():
            self._stopping.set()
            self._asked = now
        elif now - self._asked > _ONE_SIGNAL:
            self._forced.set()

    async def reload(self, read: Read | None = None, *, is_forced: bool = False) -> None:
        """Serve a new config, by default that of the file; the old one stays, and PogoError says why, if it fails."""
        if self._stopping.is_set() or self._inbox.full():
            raise RuntimeFault("the server stops" if self._stopping.is_set() else "too many reloads are waiting")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait(Reload(read or self._read, done, is_forced))
        await done

    # The life

    async def run(self) -> int:
        """Serve. PogoError if the first config cannot run."""
        await check(self.config, self._origins)
        with run_directory() as folder, self._signals():
            async with Supervisor() as self._supervisor, self._administered():
                self._folder = folder
                self._supervisor.listen(self._saw, self._figures.heard)
                await _first(self._serve(), self._stopping.wait(), self._supervisor.broken())
                self._notifier.stopping()
                log.info("stopping grace=%ss", self.config.http.grace)
                if await _first(self._stop(), self._forced.wait()):
                    log.info("stopped")
                    return 0
                log.warning("stopped at once")
                return FORCED

    @property
    def children(self) -> Children:
        """The table of children."""
        return self._supervisor.table

    async def families(self) -> list[Family]:
        """The figures of all processes."""
        return await self._figures.families()

    async def lacking_certificates(self) -> tuple[dict[str, str], ...]:
        """The names of the current generation that should have certificates, and do not, with the reason."""
        return await self._generations[-1].lacking_certificates() if self._generations else ()

    def pool_stats(self) -> list[PoolStats]:
        """A snapshot of the current generation's pools."""
        return self._generations[-1].pool_stats() if self._generations else []

    @contextlib.asynccontextmanager
    async def _administered(self) -> AsyncIterator[None]:
        """The admin API, from before the first start, which it can be asked about, until the last child is gone."""
        self._figures = Figures(self._supervisor, FRONT, self.pool_stats)
        await self._admin.move(self.config.admin)
        try:
            yield
        finally:
            await self._admin.close()

    async def _serve(self) -> None:
        """Start the first generation, then reload for ever; only a failure to start returns, by raising."""
        await self._apply(self.config)
        self._say("serving")
        self._notifier.ready()
        while True:
            command = await self._inbox.get()
            self._notifier.reloading()
            try:
                await self._reload(command)
            except asyncio.CancelledError:
                command.done.set_exception(RuntimeFault("the server stops"))
                command.done.exception()
                raise
            except Exception as error:
                level = logging.ERROR if isinstance(error, PogoError) else logging.CRITICAL
                log.log(level, "reload failed, the old config stays: %s", error, exc_info=level > logging.ERROR)
                command.done.set_exception(error)
                self._figures.reloaded(is_success=False)
                command.done.exception()  # marks it as seen, since whoever asked may have left
            else:
                self._figures.reloaded(is_success=True)
                command.done.set_result(None)
            self._notifier.ready()

    async def _reload(self, command: Reload) -> None:
        adapted = await asyncio.to_thread(command.read)
        config = adapted.config
        if config == self.config and not command.is_forced:
            log.info("config is unchanged")
            return
        await check(config, adapted.origins)
        await self._apply(config)
        self._say("reloaded, serving")

    async def _apply(self, config: Config) -> None:
        """Start a generation for the config beside the current one, which drains once the new one serves."""
        whole = expanded(config)
        addresses = _addresses(whole.config)
        router = router_of(config.logging)
        try:
            sockets = self._listeners.open(addresses)
            self._number += 1
            generation = Generation(
                Plan(self._number, whole.config, whole.names, sockets, self._folder), self._supervisor
            )
            await self._start(generation)
        except BaseException:
            self._listeners.keep(_addresses(expanded(self.config).config))
            router.close()
            raise
        install(router)
        self.config = config
        self._listeners.keep(addresses)
        for previous in self._generations:
            if previous is not generation and previous not in self._drains:
                self._drains[previous] = asyncio.create_task(self._drain(previous))

    async def _start(self, generation: Generation) -> None:
        self._generations.append(generation)
        config = generation.plan.config
        try:
            await generation.start(apps_in(config))
            await self._admin.move(config.admin)
        except BaseException:
            await generation.abort()
            self._generations.remove(generation)
            raise

    async def _drain(self, generation: Generation) -> None:
        await generation.drain(generation.plan.grace)
        self._generations.remove(generation)
        self._drains.pop(generation, None)

    async def _stop(self) -> None:
        if delay := seconds(self.config.http.shutdown_delay):
            self._announce_end(delay)
            await asyncio.sleep(delay)
        self._listeners.close()
        fresh = [self._drain(generation) for generation in self._generations if generation not in self._drains]
        await asyncio.gather(*fresh, *self._drains.values())

    def _announce_end(self, delay: float) -> None:
        for generation in self._generations:
            if generation not in self._drains:
                generation.announce_end(delay)

    def _saw(self, exit: Exit) -> None:
        self._figures.gone(exit.pid)
        for generation in self._generations:
            generation.saw(exit)

    def _say(self, what: str) -> None:
        log.info("%s %s", what, " ".join(self._urls()))

    def _urls(self) -> list[str]:
        """Where browsers find what is served."""
        http = self._generations[-1].plan.config.http
        return [
            url(actual, is_secure=is_secure(server, address, http))
            for server in http.servers.values()
            for address in server.addresses()
            for actual in self._listeners.actual([address])
        ]

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        actions = {
            signal.SIGINT: self.stop,
            signal.SIGTERM: self.stop,
            signal.SIGQUIT: self._quit,
            signal.SIGUSR1: self._reload_file,
            signal.SIGHUP: lambda: None,
            signal.SIGUSR2: lambda: None,
        }
        for number, action in actions.items():
            loop.add_signal_handler(number, action)
        try:
            yield
        finally:
            for number in actions:
                loop.remove_signal_handler(number)

    def _quit(self) -> None:
        self._stopping.set()
        self._forced.set()

    def _reload_file(self) -> None:
        if self._inbox.full():
            log.warning("reload ignored: too many are waiting")
            return
        self._inbox.put_nowait(Reload(self._read, asyncio.get_running_loop().create_future(), True))


async def _first(work: Coroutine[Any, Any, Any], *others: Coroutine[Any, Any, Any]) -> bool:
    """Whether `work` was done before any other; all but the first are cancelled. Raises what the first raises."""
    tasks = [asyncio.ensure_future(coroutine) for coroutine in (work, *others)]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    for task in done:
        task.result()
    return tasks[0] in done


def _addresses(config: Config) -> list[ListenAddress]:
    return [address for server in config.http.servers.values() for address in server.addresses()]


def url(address: ListenAddress, *, is_secure: bool = False) -> str:
    """Where a browser on this machine finds it."""
    if address.network in ("unix", "fd"):
        return str(address)
    host = "localhost" if address.host in ("", "0.0.0.0", "::") else address.host
    host = f"[{host}]" if ":" in host else host
    scheme, usual = ("https", 443) if is_secure else ("http", 80)
    return f"{scheme}://{host}" + ("" if address.port == usual else f":{address.port}")
