"""The supervisor's app workers as targets: which are up is told by the parent over the control channel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from hashlib import blake2b

import msgspec

from ..errors import NoUpstream
from ..http.exchange import Exchange
from .target import Target, Targets


def app_key(config: msgspec.Struct) -> str:
    """The name by which parent and fronts mean the same app: equal for equal handler configs, whatever their order."""
    return blake2b(msgspec.json.encode(config, order="sorted"), digest_size=8).hexdigest()


PHP = "php"
"""The key of the one php-fpm that runs the PHP of all sites."""


class AppTargets:
    """For each app key, the targets that are up.

    The front calls `update` when the parent says so; a worker that is not named any more takes no new request, while
    those that it is answering go on.
    """

    def __init__(self, targets: Targets) -> None:
        self._targets = targets
        self._up: dict[str, tuple[Target, ...]] = {}
        self._changed = asyncio.Event()

    def update(self, key: str, sockets: Iterable[str]) -> None:
        """The Unix sockets of the workers of one app that are ready now."""
        self._up[key] = tuple(self._targets.at(f"unix/{path}") for path in sockets)
        self._changed.set()
        self._changed = asyncio.Event()

    def has(self, target: Target) -> bool:
        """Whether that is an app's worker, of this moment."""
        return any(target in targets for targets in self._up.values())

    def up(self, key: str) -> Sequence[Target]:
        """The targets of an app that are up; perhaps none."""
        return self._up.get(key, ())

    async def wait(self, key: str, seconds: float) -> Sequence[Target]:
        """The same, after waiting for one to come up if there is none; none if the time runs out."""
        try:
            async with asyncio.timeout(seconds):
                while not self._up.get(key):
                    await self._changed.wait()
        except TimeoutError:
            pass
        return self.up(key)


_PATIENCE = 1.0
"""Seconds that a request waits for a worker while none is up. That is a crash loop, and waiting long would fill the
front: while a worker is merely replaced the parent goes on naming its socket, and requests wait in the backlog."""


class AppSource:
    """One app's workers as the targets of a proxy."""

    def __init__(self, apps: AppTargets, key: str, patience: float = _PATIENCE) -> None:
        self._apps = apps
        self._key = key
        self._patience = patience

    def available(self, _: Exchange) -> Sequence[Target]:
        """Those that are up."""
        return self._apps.up(self._key)

    async def wait(self, _: Exchange) -> Sequence[Target]:
        """Those that come up in time; NoUpstream if none does."""
        targets = await self._apps.wait(self._key, self._patience)
        if not targets:
            raise NoUpstream("no worker of the app is up", retry_after=round(self._patience))
        return targets

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`; the parent knows better."""
