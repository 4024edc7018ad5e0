"""Targets that differ from request to request: addresses with placeholders, and names that are looked up again."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence

from ..errors import ConfigError, NoUpstream
from ..http.exchange import Exchange
from ..http.placeholders import Template
from .dial import Resolve
from .target import Address, Target, Targets

log = logging.getLogger(__name__)


class FilledTargets:
    """Targets whose addresses hold placeholders; one that is no address for a request is left out."""

    def __init__(self, dials: Sequence[Template], targets: Targets) -> None:
        self._dials = dials
        self._targets = targets

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """Those that this request names."""
        found = []
        for dial in self._dials:
            text = dial(exchange)
            try:
                found.append(self._targets.at(text))
            except ConfigError as wrong:
                log.debug("no upstream for this request dial=%s error=%s", text, wrong.message)
        return found

    async def wait(self, _: Exchange) -> Sequence[Target]:
        """There is none for this request."""
        raise NoUpstream("no upstreams available")


async def addresses_of(name: str) -> Sequence[str]:
    """The addresses of a name, IPv4 and IPv6, as the system resolves it."""
    found = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return sorted({str(place[0]) for *_, place in found})


class LookedUp:
    """The addresses of one name, with one port; looked up again after `refresh` seconds.

    While a look-up fails the last good answer is used on: a name server that is down takes no upstream with it.
    """

    def __init__(
        self,
        name: str,
        port: int,
        targets: Targets,
        *,
        refresh: float = 60.0,
        resolve: Resolve = addresses_of,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._port = port
        self._targets = targets
        self._refresh = refresh
        self._resolve = resolve
        self._clock = clock
        self._found: Sequence[Target] = ()
        self._until = 0.0
        self._looking: asyncio.Lock = asyncio.Lock()

    def available(self, _: Exchange) -> Sequence[Target]:
        """The last answer while it is fresh; none asks for another."""
        return self._found if self._clock() < self._until else ()

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The answer of a new look-up, of which there is one at a time; NoUpstream if there never was any."""
        async with self._looking:
            if not self.available(exchange):
                await self._look_up()
        if not self._found:
            raise NoUpstream(f"{self._name} has no address")
        return self._found

    async def _look_up(self) -> None:
        try:
            hosts = await self._resolve(self._name)
        except OSError as error:
            log.warning("upstream look-up failed name=%s error=%s", self._name, error)
        else:
            self._found = [self._targets.at(str(Address(host, self._port))) for host in hosts]
        self._until = self._clock() + self._refresh
