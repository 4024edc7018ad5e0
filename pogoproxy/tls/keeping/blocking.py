"""What a file system is asked to do, in threads and with a time limit: one on a network may never answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ...errors import RuntimeFault

LIMIT = 30.0
"""Seconds. An NFS server that fails over takes less."""
_THREADS = 4

T = TypeVar("T")


class Unanswered(RuntimeFault):
    """It took too long, and may be done yet."""


class Blocking:
    """Runs what may block; `what` is blamed where it does. Calls that hang keep their threads, and so those behind them
    fail as well until the file system is back."""

    def __init__(self, what: str, limit: float = LIMIT) -> None:
        self._what = what
        self._limit = limit
        self._threads = ThreadPoolExecutor(_THREADS, "blocking")

    async def run(self, work: Callable[..., T], *args: object) -> T:
        """What the work returns or raises; Unanswered if it does neither in time."""
        try:
            async with asyncio.timeout(self._limit):
                return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        except TimeoutError:
            raise Unanswered(f"{self._what} does not answer for {self._limit:g} seconds") from None
