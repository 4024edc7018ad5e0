"""The app worker: one process that runs one application behind a Unix socket which the supervisor bound.

`python -m pogoproxy.hosting.app_worker LIFELINE CONTROL`. The socket stays the supervisor's, so that connections
wait in its backlog while this process is replaced. SIGTERM drains: no new connections, running requests finish
within the grace.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import a2wsgi
import msgspec
import uvicorn
import uvloop
from uvicorn.middleware.asgi2 import ASGI2Middleware

from ..jobs import child
from ..jobs.child import BootError
from ..jobs.control import Control
from .interface import Interface, resolve
from .loading import load
from .orders import Orders
from .scope import ScopedApplication, ScopedProtocol

KEEP_ALIVE = 3600
"""Seconds an idle connection is kept. The front is the only client and closes first; were it the other way round,
a request could meet a connection that is just being closed."""


class AppServer(uvicorn.Server):
    """uvicorn without its own signal handling, which ends the process by the signal instead of with status 0."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say ready when the application's lifespan start-up and the listener are through."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self._drain)
        await super().startup(sockets)
        self._on_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield

    def _drain(self) -> None:
        self.should_exit = True


class _Complaints(logging.Handler):
    """What uvicorn says about a start-up that fails: the application's traceback."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self.text += self.format(record).rstrip() + "\n"


def application(orders: Orders) -> Any:
    """Load the application; returns it as ASGI 3, its requests scoped. LoadError if that fails."""
    found: Any
    found, interface = resolve(load(orders.target, Path(orders.directory)), orders.interface)
    if interface is Interface.WSGI:
        found = a2wsgi.WSGIMiddleware(found, workers=orders.threads)
    if interface is Interface.ASGI2:
        found = ASGI2Middleware(found)
    return ScopedApplication(found, orders.timeout)


def serve(orders: Orders, control: Control) -> None:
    """Run the application until SIGTERM; BootError if it does not start."""
    config = uvicorn.Config(
        application(orders),
        interface="asgi3",
        http=ScopedProtocol,
        log_config=None,
        access_log=False,
        server_header=False,
        forwarded_allow_ips="*",  # the front is the only one who can reach the socket
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=max(1, round(orders.grace)),
    )
    gc.collect()
    gc.freeze()
    logger = logging.getLogger("uvicorn.error")
    complaints = _Complaints()
    logger.addHandler(complaints)
    logger.propagate = False

    def on_ready() -> None:
        logger.removeHandler(complaints)
        logger.propagate = True
        control.ready()

    server = AppServer(config, on_ready)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(server.serve([socket.socket(fileno=orders.listener)]))
    except SystemExit as end:
        raise BootError("its lifespan start-up failed", complaints.text) from end


def carry_out(orders: bytes, control: Control) -> None:
    """Be an app worker."""
    serve(msgspec.json.decode(orders, type=Orders), control)


if __name__ == "__main__":
    child.be(carry_out)
