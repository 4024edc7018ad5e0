"""What requests can learn of a stop to come: `{http.shutting_down}` and `{http.time_until_shutdown}`."""

from __future__ import annotations

import time

from ..units import format_duration
from .exchange import Exchange, Middleware, Step
from .request_placeholders import SHUTTING_DOWN, TIME_UNTIL_SHUTDOWN, Deferred


def shutting_down(ends_at: float) -> Middleware:
    """Tells each exchange that accepting ends at that time of `time.monotonic()`."""
    left = Deferred(lambda _: format_duration(int((ends_at - time.monotonic()) * 1e9)))

    def step(exchange: Exchange) -> None:
        exchange.values[SHUTTING_DOWN] = True
        exchange.values[TIME_UNTIL_SHUTDOWN] = left

    return Step(step)
