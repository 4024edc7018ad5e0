"""What placeholders tell of upstreams and their answers: `{http.reverse_proxy.…}`."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..units import format_duration
from .exchange import Exchange, Received
from .headers import joined
from .status_text import status_text

Getter = Callable[[Exchange], object]


def upstream(field: str) -> Getter:
    """`{http.reverse_proxy.upstream.<field>}`."""
    timing = _TIMINGS.get(f"upstream.{field}")
    if timing is not None:
        return timing

    def get(exchange: Exchange) -> object:
        return None if exchange.upstream is None else exchange.upstream.placeholder(field)

    return get


def _timed(seconds: Callable[[Received], float], *, in_ms: bool = False) -> Getter:
    """A time of the upstream's answer, once there is one."""

    def get(exchange: Exchange) -> object:
        if exchange.received is None:
            return None
        took = seconds(exchange.received)
        return round(took * 1000, 6) if in_ms else format_duration(round(took * 1e9))

    return get


_TIMES: dict[str, Callable[[Received], float]] = {
    "upstream.latency": lambda received: received.came - received.asked,
    "upstream.duration": lambda received: time.monotonic() - received.asked,
    "duration": lambda received: time.monotonic() - received.began,
}
_TIMINGS = {name: _timed(seconds) for name, seconds in _TIMES.items()} | {
    f"{name}_ms": _timed(seconds, in_ms=True) for name, seconds in _TIMES.items()
}
"""How long upstreams take: until the head, until now, and with all tries until now."""


def received(field: str) -> Getter:
    """`{http.reverse_proxy.<field>}`: what the upstream answered."""
    if field in _TIMINGS:
        return _TIMINGS[field]
    if field == "status_code":
        return lambda exchange: None if exchange.received is None else exchange.received.status
    if field == "status_text":
        return _status
    if field.lower() == "header.content-length":
        return lambda exchange: None if exchange.received is None else exchange.received.length
    if field.startswith("header."):
        lowered = field.removeprefix("header.").lower().encode()
        return lambda exchange: None if exchange.received is None else joined(exchange.received.headers, lowered)
    return lambda exchange: exchange.values.get(f"http.reverse_proxy.{field}")


def _status(exchange: Exchange) -> str | None:
    if exchange.received is None:
        return None
    return f"{exchange.received.status} {status_text(exchange.received.status)}"
