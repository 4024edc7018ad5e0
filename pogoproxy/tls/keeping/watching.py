"""Certificates from files, loaded again when the files change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ...errors import RuntimeFault
from .blocking import Blocking, Unanswered
from .certificate import Certificate
from .inventory import Inventory
from .loading import load
from .sources import Source

log = logging.getLogger(__name__)

_PAUSE = 5.0
"""Seconds between two looks."""


class WatchedFiles:
    """`load` sources, then `watch` for ever."""

    def __init__(self, inventory: Inventory, on_change: Callable[[], None]) -> None:
        self._inventory = inventory
        self._on_change = on_change
        self._blocking = Blocking("the file system of certificate files")
        self._loaded: dict[Source, tuple[Certificate, object]] = {}

    def load(self, source: Source) -> None:
        """Serve what these files hold, and what they will hold; RuntimeFault if it cannot be loaded now."""
        certificate = load(source)
        self._loaded[source] = (certificate, source.stamp())
        self._inventory.add(certificate)

    async def watch(self) -> None:
        """Never returns."""
        while True:
            await asyncio.sleep(_PAUSE)
            try:
                changed = await self._blocking.run(self._load_changed)
            except Unanswered as hanging:
                log.warning("certificate files not looked at error=%s", hanging)
                continue
            for source, certificate, stamp in changed:
                self._replace(source, certificate, stamp)

    def _load_changed(self) -> list[tuple[Source, Certificate, object]]:
        """What is new in which files; in a thread, for it blocks."""
        changed: list[tuple[Source, Certificate, object]] = []
        for source, (_, before) in list(self._loaded.items()):
            stamp = source.stamp()
            if not stamp or stamp == before:
                continue
            try:
                changed.append((source, load(source), stamp))
            except RuntimeFault as wrong:
                # Perhaps one of the two files is not written yet; the old certificate is served on.
                log.warning("changed certificate not loaded error=%s", wrong)
        return changed

    def _replace(self, source: Source, certificate: Certificate, stamp: object) -> None:
        before, _ = self._loaded[source]
        self._loaded[source] = (certificate, stamp)
        self._inventory.remove(before)
        self._inventory.add(certificate)
        self._on_change()
        log.info("changed certificate loaded file=%s", source.certificate)
