"""A front: one process that serves HTTP on the listening sockets that the parent bound.

`python -m pogoproxy.front LIFELINE CONTROL`. Its orders hold the config; what may change meanwhile (whether to
serve already, where app workers are to be found) comes as a `State`, always whole. SIGTERM drains.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator

import msgspec
import uvloop

from .apps.http import Server as ServerConfig
from .apps.http import limits
from .config.listener_wrappers import entrance
from .config.provision import endpoints, new_context, wrappers_of
from .config.secure import secure_policies
from .config.storage import storage_of
from .figures.hosts import host_label
from .figures.reporter import Reporter, ToFront
from .http.exchange import Endpoint
from .http.metering import Meter
from .http.open_files import room_for_clients
from .http.server import Entrance, Observer, Server
from .http.shutdown import shutting_down
from .jobs import child
from .jobs.control import Control
from .logs.access import AccessLog, ErrorLog
from .logs.router import Router
from .logs.setup import install, router_of
from .metrics import Scrape
from .orders import FrontOrders, State
from .standard import REGISTRY
from .tls.connections import Policies
from .tls.handshake import Handshake
from .tls.http_challenge import HttpChallenges
from .tls.keeping.client import KeeperClient
from .tls.plain_http import Answer
from .upstream.app_targets import AppTargets
from .upstream.target import Targets

log = logging.getLogger(__name__)

_COLLECT = (20_000, 20, 50)
"""New objects until the collector looks at the youngest, and how often at the older ones. Python's own 700 would
have it look several times for each batch of requests that the loop takes up."""


_decoder: msgspec.json.Decoder[State | ToFront] = msgspec.json.Decoder(State | ToFront)


class Front:
    """The process's life: provision, wait for the word, serve, drain."""

    def __init__(self, orders: FrontOrders, control: Control, router: Router) -> None:
        self._orders = orders
        self._control = control
        self._router = router
        self._context = new_context(orders.config)
        targets, apps = self._context.service(Targets), self._context.service(AppTargets)
        self._reporter = Reporter(control.say, router, targets, apps)
        self._context.services = {**self._context.services, Scrape: Scrape(self._reporter.all_families)}
        self._keeper = KeeperClient(orders.keeper, self._forget)
        self._policies: list[Policies] = []
        self._servers: list[Server] = []
        self._ends_at: float | None = None
        self._is_serving = asyncio.Event()
        self._is_ending = asyncio.Event()
        self._room = room_for_clients()

    async def run(self) -> None:
        """Serve until SIGTERM; ConfigError if the config cannot be provisioned."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._is_ending.set)
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._context.stack.aclose)
            self._servers = await self._provision(stack)
            # What is made once is never looked at by the collector again; what a request makes has no cycles.
            gc.collect()
            gc.freeze()
            gc.set_threshold(*_COLLECT)
            loop.add_reader(self._control.socket, self._listen)
            if not await self._is_told_to_serve():
                return
            for server in self._servers:
                await stack.enter_async_context(server)
            self._control.ready()
            await self._is_ending.wait()
            cut = sum(await asyncio.gather(*(server.drain(self._orders.grace) for server in self._servers)))
            self._reporter.report()
            if cut:
                log.warning("requests cut short at the end of the grace count=%d", cut)

    async def _is_told_to_serve(self) -> bool:
        """Wait for the word; False if it is to end instead, since the generation did not come about."""
        words = [asyncio.ensure_future(event.wait()) for event in (self._is_serving, self._is_ending)]
        await asyncio.wait(words, return_when=asyncio.FIRST_COMPLETED)
        for word in words:
            word.cancel()
        return not self._is_ending.is_set()

    async def _provision(self, stack: contextlib.AsyncExitStack) -> list[Server]:
        http = self._orders.config.http
        found = []
        for name, endpoint in endpoints(http, self._context).items():
            alike: dict[tuple[bool, tuple[str, ...]], list[socket.socket]] = {}
            for listener in self._orders.listeners[name]:
                key = (listener.is_secure, listener.protocols)
                alike.setdefault(key, []).append(socket.socket(fileno=listener.fd))
            for (is_secure, protocols), sockets in alike.items():
                config = msgspec.structs.replace(http.servers[name], protocols=protocols)
                secure = self._secure(name, config) if is_secure else None
                found.append(self._server(name, config, endpoint, sockets, entrance(wrappers_of(config), secure)))
        if self._orders.keeper:
            await stack.enter_async_context(self._keeper)
        return found

    def _secure(self, name: str, server: ServerConfig) -> Callable[[Answer], Entrance]:
        """TLS, as the server's connection policies want it."""
        storage = storage_of(self._orders.config)
        policies = Policies(secure_policies(server, REGISTRY, storage, f"apps.http.servers.{name}"), self._keeper)
        self._policies.append(policies)
        return lambda plain: lambda server: Handshake(server, policies, plain)

    def _forget(self) -> None:
        for policies in self._policies:
            policies.forget()

    def _server(
        self,
        name: str,
        config: ServerConfig,
        endpoint: Endpoint,
        sockets: list[socket.socket],
        entrance: Entrance | None,
    ) -> Server:
        server = Server(
            HttpChallenges(self._keeper).before(endpoint) if self._orders.keeper else endpoint,
            sockets,
            limits=limits(config, self._room),
            protocols=config.protocols,
            observers=self._logs(config),
            entrance=entrance,
        )
        self._reporter.abuses.append((name, server.abuses))
        self._reporter.refusals.append((name, server.refusals))
        http = self._orders.config.http
        if http.counted is not None:
            meter = Meter(name, lambda: server.running, host_label(http) if http.counted.per_host else None)
            self._reporter.meters.append(meter)
            server.observers = (*server.observers, meter)
        return server

    def _logs(self, server: ServerConfig) -> Iterator[Observer]:
        yield ErrorLog(server.logs, self._router)
        if server.logs is not None:
            yield AccessLog(server.logs, self._router)

    def _listen(self) -> None:
        text, _ = self._control.receive_text()
        if text is None:  # the parent is gone, and the lifeline about to act
            asyncio.get_running_loop().remove_reader(self._control.socket)
            return
        message = _decoder.decode(text)
        if isinstance(message, State):
            self._take_state(message)
        else:
            self._reporter.heard(message)

    def _take_state(self, state: State) -> None:
        for key, sockets in state.targets.items():
            self._context.service(AppTargets).update(key, sockets)
        if state.ends_at is not None and self._ends_at is None:
            self._ends_at = state.ends_at
            for server in self._servers:
                server.endpoint = shutting_down(state.ends_at)(server.endpoint)
        if state.is_serving:
            self._is_serving.set()


def carry_out(orders: bytes, control: Control) -> None:
    """Be a front."""
    told = msgspec.json.decode(orders, type=FrontOrders)
    router = router_of(told.config.logging)
    install(router)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Front(told, control, router).run())


if __name__ == "__main__":
    child.be(carry_out, is_ours=True)
