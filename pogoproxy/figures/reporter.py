"""A front's side: what it has counted, for the parent, and what all have counted, for the `metrics` handler."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from ..errors import HandlerError
from ..http.metering import Meter
from ..logs.router import Router
from ..metrics import Family
from ..upstream.app_targets import AppTargets
from ..upstream.target import Target, Targets
from .messages import Asked, Joined, Report, Wanted

_PATIENCE = 5.0
"""Seconds for the parent's answer; it waits for the fronts itself."""

ACTIVE = "pogoproxy_upstream_requests"
FAILS = "pogoproxy_upstream_fails"

ToFront = Asked | Joined
Counts = Iterable[tuple[str, Counter[str]]]
"""For each server, by its name."""


class Reporter:
    """`say` sends a JSON text to the parent."""

    def __init__(self, say: Callable[[bytes], None], router: Router, targets: Targets, apps: AppTargets) -> None:
        self.meters: list[Meter] = []
        self.abuses: list[tuple[str, Counter[str]]] = []
        """By server, the clients that were cut off for what they did too often."""
        self.refusals: list[tuple[str, Counter[str]]] = []
        """By server, the connections that were ended before HTTP."""
        self._say = say
        self._router = router
        self._targets = targets
        self._apps = apps
        self._number = 0
        self._wanted: dict[int, asyncio.Future[list[Family]]] = {}

    def report(self, number: int = 0) -> None:
        """Tell the parent what was counted here."""
        self._say(msgspec.json.encode(Report(number, list(self._families()))))

    def heard(self, message: ToFront) -> None:
        """Take a message of the parent's."""
        match message:
            case Asked(number):
                self.report(number)
            case Joined(number, families):
                wanted = self._wanted.get(number)
                if wanted is not None and not wanted.done():
                    wanted.set_result(families)

    async def all_families(self) -> list[Family]:
        """The figures of all processes; HandlerError (503) if the parent does not answer."""
        self._number += 1
        number = self._number
        wanted = self._wanted[number] = asyncio.get_running_loop().create_future()
        self._say(msgspec.json.encode(Wanted(number)))
        try:
            return await asyncio.wait_for(wanted, _PATIENCE)
        except TimeoutError:
            raise HandlerError(503, "no figures from the parent") from None
        finally:
            del self._wanted[number]

    def _families(self) -> Iterable[Family]:
        for meter in self.meters:
            yield from meter.families()
        yield from upstream_families(target for target in self._targets.all() if not self._apps.has(target))
        yield from counted_clients(self.abuses, self.refusals)
        yield dropped_lines(self._router)


def upstream_families(targets: Iterable[Target]) -> Iterable[Family]:
    """How the upstreams are; one that any front holds for unhealthy counts as that."""
    healthy = Family(
        "caddy_reverse_proxy_upstreams_healthy",
        "gauge",
        "Health status of reverse proxy upstreams.",
        [],
        join="least",
    )
    active = Family(ACTIVE, "gauge", "Requests that an upstream is answering.", [])
    fails = Family(FAILS, "gauge", "Failures that passive health checks remember.", [])
    failures = Family("pogoproxy_upstream_failures_total", "counter", "Requests that an upstream failed, by how.", [])
    for target in targets:
        upstream = str(target)
        healthy.add(int(not target.ailments), upstream=upstream)
        active.add(target.active, upstream=upstream)
        fails.add(target.fails, upstream=upstream)
        for kind, count in target.failures.items():
            failures.add(count, upstream=upstream, kind=kind)
    return healthy, active, fails, failures


def counted_clients(abuses: Counts, refusals: Counts) -> Iterable[Family]:
    """Connections that were ended: those of HTTP/2 with ENHANCE_YOUR_CALM, and those that did not come to HTTP."""
    yield _by_kind("pogoproxy_http2_abuses_total", "HTTP/2 clients cut off, by what they did.", abuses)
    yield _by_kind("pogoproxy_connections_refused_total", "Connections ended before HTTP, by why.", refusals)


def _by_kind(name: str, help: str, counts: Counts) -> Family:
    family = Family(name, "counter", help, [])
    for server, kinds in counts:
        for kind, count in kinds.items():
            family.add(count, server=server, kind=kind)
    return family


def dropped_lines(router: Router) -> Family:
    """Lines that an output was too slow for."""
    family = Family("pogoproxy_log_lines_dropped_total", "counter", "Log lines that were not written.", [])
    for sink in sorted({log.sink for log in router.logs}, key=lambda sink: sink.name):
        family.add(sink.dropped, log=sink.name)
    return family
