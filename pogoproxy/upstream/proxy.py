"""The work of a reverse proxy: choose a target, ask it, pass its answer on; try another if that is safe.

The engine behind the handlers `reverse_proxy` and `app`, which differ in where their targets come from.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import DialError, NoUpstream, UpstreamError
from ..http.exchange import Exchange, HeaderList, Predicate
from ..http.header_ops import Edit
from ..http.response import SERVER
from .answer import Answer
from .forwarding import forwarded, request_head
from .health import Passive
from .leg import Leg, Request
from .select import Policy
from .target import Target
from .tunnel import join

_VIA = (b"Via", b"1.1 pogoproxy")


class Source(Protocol):
    """Where the targets of a proxy come from."""

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """Those that may be asked now; perhaps none."""

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The same when there was none, after waiting for one if that makes sense; NoUpstream in the end."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How long to go on trying (Caddy's `lb_retries`, `lb_try_duration`, `lb_try_interval`, `lb_retry_match`)."""

    retries: int = 0
    duration: float = 0.0
    interval: float = 0.25
    match: Predicate | None = None

    def is_due(
        self, error: UpstreamError, exchange: Exchange, request: Request | None, tried: int, since: float
    ) -> bool:
        """Whether another try may follow the failure of try number `tried`, `since` seconds after the first began."""
        if not self.retries and not self.duration:
            return False
        if (self.duration and since >= self.duration) or (self.retries and tried > self.retries):
            return False
        if isinstance(error, DialError | NoUpstream):
            return True
        if request is None or not request.has_its_body():
            return False
        return self.match(exchange) if self.match is not None else exchange.method == "GET"


@dataclass(frozen=True, slots=True)
class Edits:
    """What a site's config does to the heads that pass (`header_up`, `header_down`)."""

    up: tuple[Edit, ...] = ()
    down: tuple[Callable[[int, HeaderList, Exchange], None], ...] = ()
    """These get the answer's status, too."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One handler's proxy; calling it answers an exchange."""

    source: Source
    policy: Policy
    leg: Leg
    retry: Retry = field(default_factory=Retry)
    passive: Passive = field(default_factory=Passive)
    edits: Edits = field(default_factory=Edits)
    is_trusted: Predicate | None = None
    """Whether the peer is a trusted proxy by this handler's own list."""
    longest_stream: float | None = None
    clock: Callable[[], float] = time.monotonic

    async def __call__(self, exchange: Exchange) -> None:
        """Answer; UpstreamError if no target did."""
        trusted = self.is_trusted is not None and self.is_trusted(exchange)
        fields = forwarded(exchange, trusted=trusted)
        target, answer = await self._ask(exchange, fields)
        try:
            await self._pass_on(exchange, answer)
        finally:
            target.active -= 1
            answer.close()

    async def _ask(self, exchange: Exchange, fields: HeaderList) -> tuple[Target, Answer]:
        """The first answer that comes, trying as often as it is due; the target counts one active request more."""
        began = self.clock()
        tried = 0
        while True:
            request = None
            try:
                targets = self.source.available(exchange) or await self.source.wait(exchange)
                target = self._choose(targets, exchange)
                exchange.upstream = target
                request = self._request(exchange, fields)
                tried += 1
                return target, await self._ask_one(target, request)
            except UpstreamError as error:
                if not self.retry.is_due(error, exchange, request, tried, self.clock() - began):
                    raise
            await asyncio.sleep(self.retry.interval)

    async def _ask_one(self, target: Target, request: Request) -> Answer:
        began = self.clock()
        target.active += 1
        try:
            answer = await self.leg.ask(target, request)
        except BaseException as error:
            target.active -= 1
            if isinstance(error, UpstreamError):
                self.passive.failed(target)
            raise
        self.passive.saw(target, answer.status, self.clock() - began)
        return answer

    def _choose(self, targets: Sequence[Target], exchange: Exchange) -> Target:
        target = self.policy(targets, exchange)
        if target is None:
            raise NoUpstream("no upstreams available")
        return target

    def _request(self, exchange: Exchange, fields: HeaderList) -> Request:
        if self.edits.up:
            # Each try starts from the same fields, since edits may name the upstream.
            fields = list(fields)
            for edit in self.edits.up:
                edit(fields, exchange)
        head = request_head(exchange.method, exchange.uri, fields, exchange.body.length)
        may_switch = b"\r\nUpgrade: " in head
        return Request(exchange.method, head, exchange.body, exchange.writer.inform, may_switch=may_switch)

    async def _pass_on(self, exchange: Exchange, answer: Answer) -> None:
        writer = exchange.writer
        extra = exchange.response_headers
        if SERVER in extra:
            # The upstream's own Server field stands; we say Via, as Caddy does.
            extra.remove(SERVER)
        headers = answer.headers
        headers.append(_VIA)
        for edit in self.edits.down:
            edit(answer.status, headers, exchange)
        if answer.stream is not None:
            downstream = await writer.switch(headers)
            return await join(downstream, answer.stream, longest=self.longest_stream)
        await writer.start(answer.status, headers, answer.length)
        if not answer.pieces and not answer.complete:
            # An event stream's client waits for the head, though no event may come for long.
            await writer.flush()
        while data := await answer.read():
            await writer.write(data)
        await writer.finish(answer.trailers or None)
        return None
