"""The admin API's socket: bound before anything starts, kept over a reload or moved by it."""

from __future__ import annotations

import asyncio

from ..config.root import Admin
from ..http.limits import Limits
from ..http.server import Server as HttpServer
from ..net import ListenAddress, bind, with_actual_port
from .address import address_of
from .api import Api, Server
from .guard import Guard

_LIMITS = Limits(connections=64)
_LAST_ANSWERS = 5.0
"""Seconds for the answers that are under way when the API moves; one of them may be that of the reload itself."""


class AdminListener:
    """`await move(admin)` opens, moves or closes the API; `await close()` ends it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._address: ListenAddress | None = None
        self._http: HttpServer | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    async def move(self, admin: Admin | None) -> None:
        """Listen as the config says; RuntimeFault if that cannot be, and then nothing has changed."""
        admin = admin or Admin()
        address = None if admin.disabled else address_of(admin)
        if address != self._address:
            fresh = await self._open(address, admin) if address else None
            self._leave()
            self._address, self._http = address, fresh
        elif self._http is not None and address is not None:
            self._http.endpoint = Api(self._server, _guard(address, admin))

    async def close(self) -> None:
        """Stop listening, and wait for the last answers."""
        self._leave()
        self._address = self._http = None
        if self._leaving:
            await asyncio.wait(self._leaving)

    async def _open(self, address: ListenAddress, admin: Admin) -> HttpServer:
        bound = bind(address)
        guard = _guard(with_actual_port(address, bound[0]), admin)
        return await HttpServer(Api(self._server, guard), bound, limits=_LIMITS).__aenter__()

    def _leave(self) -> None:
        if self._http is not None:
            leaving = asyncio.create_task(_end(self._http))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


async def _end(http: HttpServer) -> None:
    await http.drain(_LAST_ANSWERS)
    await http.__aexit__(None, None, None)


def _guard(address: ListenAddress, admin: Admin) -> Guard:
    return Guard.of(address, admin.origins, enforce_origin=admin.enforce_origin)
