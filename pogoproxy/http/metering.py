"""What a front counts of its requests: one look-up and a few additions each, and Caddy's names for the figures."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterator

from ..metrics import BYTES, SECONDS, Family, Histogram
from .exchange import Exchange
from .front_writer import FrontWriter

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"})
"""Methods with a label of their own; clients may send any."""

_GONE = 499
"""The code of requests whose client left before an answer began; nginx's, and Caddy's."""

HostLabel = Callable[[Exchange], str]
"""The host's label; to be one of few, whatever clients ask for."""


class _Series:
    """The distributions of one server's requests with the same labels."""

    __slots__ = ("answer_bytes", "durations", "first_bytes", "request_bytes")

    def __init__(self) -> None:
        self.durations = Histogram.over(SECONDS)
        self.first_bytes = Histogram.over(SECONDS)
        self.request_bytes = Histogram.over(BYTES)
        self.answer_bytes = Histogram.over(BYTES)


class Meter:
    """An observer of one server's exchanges. `running` says how many there are just now."""

    def __init__(self, server: str, running: Callable[[], int], host: HostLabel | None = None) -> None:
        self._server = server
        self._running = running
        self._host = host
        self._series: dict[tuple[str, int, str, str], _Series] = {}
        self._errors: dict[tuple[str, str], int] = {}

    def __call__(self, exchange: Exchange, response: FrontWriter) -> None:
        """Count an exchange that is over; those that no route took are not counted, as in Caddy."""
        if not exchange.handler:
            return
        now = time.monotonic()
        host = self._host(exchange) if self._host is not None else ""
        error = exchange.failure or exchange.error
        status = response.status if error is None else error.status
        key = (exchange.handler, status, exchange.original_method, host)
        series = self._series.get(key) or self._new(key)
        duration = now - exchange.started
        durations = series.durations
        durations.counts[bisect_left(SECONDS, duration)] += 1
        durations.total += duration
        if error is None:
            first, waited = series.first_bytes, (response.began or now) - exchange.started
            first.counts[bisect_left(SECONDS, waited)] += 1
            first.total += waited
        size = _size(exchange)
        series.request_bytes.counts[bisect_left(BYTES, size)] += 1
        series.request_bytes.total += size
        sent = response.sent
        series.answer_bytes.counts[bisect_left(BYTES, sent)] += 1
        series.answer_bytes.total += sent
        if error is not None:
            place = (exchange.handler, host)
            self._errors[place] = self._errors.get(place, 0) + 1

    def _new(self, key: tuple[str, int, str, str]) -> _Series:
        handler, status, method, host = key
        if method not in _METHODS:
            key = (handler, status, "OTHER", host)
        return self._series.setdefault(key, _Series())

    def families(self) -> Iterator[Family]:
        """The figures as of now."""
        yield self._in_flight()
        yield self._requests()
        yield self._failures()
        for name, help, part, bounds in _HISTOGRAMS:
            family = Family(f"caddy_http_{name}", "histogram", help, [], bounds)
            for (handler, status, method, host), series in self._series.items():
                histogram: Histogram = getattr(series, part)
                if any(histogram.counts):
                    family.add(histogram, **self._labels(handler, host, code=str(status or _GONE), method=method))
            yield family

    def _in_flight(self) -> Family:
        family = Family("caddy_http_requests_in_flight", "gauge", "Requests that are being handled.", [])
        family.add(self._running(), server=self._server)
        return family

    def _requests(self) -> Family:
        family = Family("caddy_http_requests_total", "counter", "Requests that were handled.", [])
        counts: dict[tuple[str, str], int] = {}
        for (handler, _, _, host), series in self._series.items():
            counts[handler, host] = counts.get((handler, host), 0) + sum(series.durations.counts)
        for (handler, host), count in counts.items():
            family.add(count, **self._labels(handler, host))
        return family

    def _failures(self) -> Family:
        family = Family("caddy_http_request_errors_total", "counter", "Requests that a handler failed at.", [])
        for (handler, host), count in self._errors.items():
            family.add(count, **self._labels(handler, host))
        return family

    def _labels(self, handler: str, host: str, **more: str) -> dict[str, str]:
        labels = {**more, "handler": handler, "server": self._server, **({"host": host} if self._host else {})}
        return dict(sorted(labels.items()))


_HISTOGRAMS = (
    ("request_duration_seconds", "Seconds from a request to the end of its answer.", "durations", SECONDS),
    ("response_duration_seconds", "Seconds from a request to the head of its answer.", "first_bytes", SECONDS),
    ("request_size_bytes", "Bytes of requests, about, with their bodies.", "request_bytes", BYTES),
    ("response_size_bytes", "Bytes of the bodies of answers.", "answer_bytes", BYTES),
)


_PROTOCOL = len("HTTP/1.1") - len("Host")
"""Bytes of a head that are always there; Caddy counts the host, but not the name of its field."""


def _size(exchange: Exchange) -> int:
    head = len(exchange.target) + len(exchange.original_method) + _PROTOCOL
    return head + sum([len(name) + len(value) for name, value in exchange.headers]) + (exchange.body.length or 0)
