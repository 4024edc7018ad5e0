"""The shop's jobs. The worker processes of each pool import this module; the pages only name its classes.

A job is a class with `handle(self, args)`: it takes and returns plain JSON values.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any

LINES = 500_000
"""Lines of the invoice that is taxed: about 150 ms of one core's work."""

CENT = Decimal("0.01")
RATES = (Decimal("0.19"), Decimal("0.07"), Decimal("0.055"))


def measured(handle: Callable[[Any, Any], Any]) -> Callable[[Any, Any], dict[str, Any]]:
    """Note beside a job's result who did it, and when. The monotonic clock is one for all processes of a machine."""

    @wraps(handle)
    def measure(self: Any, args: Any) -> dict[str, Any]:
        started = time.monotonic()
        result = handle(self, args)
        return {"result": result, "pid": os.getpid(), "started": started, "ended": time.monotonic()}

    return measure


class FetchPrice:
    """Asks the price service, which takes a quarter of a second to answer."""

    @measured
    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.25)
        return {"price": "24.90", "currency": "EUR"}


class FetchStock:
    """Asks the warehouse, which is no faster."""

    @measured
    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        time.sleep(0.25)
        return {"in_stock": 12, "warehouse": "Rotterdam"}


class CalculateTax:
    """Taxes a long invoice line by line, each rounded on its own: real work, which keeps a core busy."""

    @measured
    def handle(self, args: dict[str, Any]) -> dict[str, Any]:
        price = Decimal(args["price"])
        taxes = ((price * (1 + line % 12) * RATES[line % 3]).quantize(CENT) for line in range(LINES))
        return {"lines": LINES, "tax": str(sum(taxes))}
