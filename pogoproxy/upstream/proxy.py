"""The work of a reverse proxy: choose a target, ask it, pass its answer on; try another if that is safe.

The engine behind the handlers `reverse_proxy` and `app`, which differ in where their targets come from.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ..errors import DialError, NoUpstream, UpstreamError
from ..http.body import Body, BytesBody
from ..http.buffered import read_ahead
from ..http.exchange import Exchange, Predicate
from ..http.header_ops import Edit
from ..http.headers import HeaderList
from ..http.interception import Responder
from ..http.stream import Stream
from ..http.uri_rewrite import Rewrite
from .answer import Answer
from .forwarding import forwarded
from .health import Passive
from .leg import Leg, Request
from .relay import relay
from .select import Policy
from .target import Source, Target
from .tunnel import join

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retry:
    """How long to go on trying (Caddy's `lb_retries`, `lb_try_duration`, `lb_try_interval`, `lb_retry_match`)."""

    retries: int = 0
    duration: float = 0.0
    interval: float = 0.25
    match: Predicate | None = None
    """Requests that may be sent again although an upstream may have seen them; by default those with GET."""
    of_answers: Predicate | None = None
    """Answers that ask for another try, by the exchange's `received`."""

    def is_left(self, tried: int, since: float) -> bool:
        """Whether another try may follow try number `tried`, `since` seconds after the first began."""
        if not self.retries and not self.duration:
            return False
        return (not self.duration or since < self.duration) and (not self.retries or tried <= self.retries)

    def is_safe(self, error: UpstreamError, exchange: Exchange, request: Request | None) -> bool:
        """Whether the request may be sent again after it has failed so."""
        if isinstance(error, DialError | NoUpstream):
            return True
        if request is None or not request.has_its_body():
            return False
        if self.match is None:
            return exchange.method == "GET"
        exchange.values[_TRANSPORT_ERROR] = True
        try:
            return self.match(exchange)
        finally:
            del exchange.values[_TRANSPORT_ERROR]


_TRANSPORT_ERROR = "http.reverse_proxy.is_transport_error"


@dataclass(frozen=True, slots=True)
class Edits:
    """What a site's config does to the heads that pass (`header_up`, `header_down`)."""

    up: tuple[Edit, ...] = ()
    down: tuple[Callable[[int, HeaderList, Exchange], None], ...] = ()
    """These get the answer's status, too."""


@dataclass(frozen=True, slots=True)
class Buffers:
    """Bytes that are read ahead of a request's and of an answer's body; -1 is all."""

    request: int = 0
    response: int = 0


@dataclass(frozen=True, slots=True)
class Proxy:
    """One handler's proxy; calling it answers an exchange."""

    source: Source
    policy: Policy
    leg: Leg
    retry: Retry = field(default_factory=Retry)
    passive: Passive = field(default_factory=Passive)
    edits: Edits = field(default_factory=Edits)
    responders: tuple[Responder, ...] = ()
    rewrite: Rewrite | None = None
    """What the upstream sees instead of the request line."""
    buffers: Buffers = field(default_factory=Buffers)
    is_trusted: Predicate | None = None
    """Whether the peer is a trusted proxy by this handler's own list."""
    longest_stream: float | None = None
    clock: Callable[[], float] = time.monotonic

    async def __call__(self, exchange: Exchange) -> None:
        """Answer; UpstreamError if no target did."""
        trusted = self.is_trusted is not None and self.is_trusted(exchange)
        fields = forwarded(exchange, trusted=trusted)
        if self.buffers.request:
            exchange.body = await read_ahead(exchange.body, self.buffers.request)
        target, answer = await self._ask(exchange, fields)
        try:
            await self._pass_on(exchange, answer)
        except UpstreamError as error:
            target.failed(error)
            raise
        finally:
            target.active -= 1
            answer.close()

    async def _ask(self, exchange: Exchange, fields: HeaderList) -> tuple[Target, Answer]:
        """The first answer that comes, trying as often as it is due; the target counts one active request more."""
        began = self.clock()
        tried = 0
        held = b""
        while True:
            request = None
            tried += 1
            try:
                targets = self.source.available(exchange) or await self.source.wait(exchange)
                target = self._choose(targets, exchange)
                exchange.upstream = target
                request = self._request(exchange, fields, held)
                self.leg.route(request, target, exchange)
                asked = self.clock()
                target.active += 1
                try:
                    answer = await self.leg.ask(target, request)
                except BaseException as error:
                    self._let_down(target, error)
                    raise
            except UpstreamError as error:
                if isinstance(error, NoUpstream):
                    log.warning("no upstream host=%s error=%s", exchange.host, error)
                if not self.retry.is_left(tried, self.clock() - began) or not self.retry.is_safe(
                    error, exchange, request
                ):
                    raise
            else:
                answer.began, answer.asked, answer.came = began, asked, self.clock()
                exchange.received = answer
                if self.passive.fail_duration:
                    self.passive.saw(target, answer.status, answer.came - asked)
                if self.retry.of_answers is None or not self._is_asked_again(exchange, request, tried, began):
                    return target, answer
                target.active -= 1
                answer.close()
            if request is not None:
                held = request.held
            exchange.values["http.reverse_proxy.retries"] = tried
            self.source.doubt(exchange)
            await asyncio.sleep(self.retry.interval)

    def _is_asked_again(self, exchange: Exchange, request: Request, tried: int, began: float) -> bool:
        """Whether the answer is one to try again for; the last one is the client's, whatever it says."""
        if not self.retry.is_left(tried, self.clock() - began) or not request.has_its_body():
            return False
        return self.retry.of_answers is not None and self.retry.of_answers(exchange)

    def _let_down(self, target: Target, error: BaseException) -> None:
        """The target has given no answer, or is no longer to."""
        target.active -= 1
        if isinstance(error, UpstreamError):
            target.failed(error)
            self.passive.failed(target)

    def _choose(self, targets: Sequence[Target], exchange: Exchange) -> Target:
        target = self.policy(targets, exchange)
        if target is None:
            raise NoUpstream("no upstreams available")
        return target

    def _request(self, exchange: Exchange, fields: HeaderList, held: bytes) -> Request:
        method, uri, body = exchange.method, exchange.uri, exchange.body
        if self.rewrite is not None:
            method, uri, body = self._rewritten(exchange, self.rewrite)
        if not exchange.host and exchange.upstream is not None:
            # An HTTP/1.0 client need not say whom it asks, but a server may insist, as Go's client knows.
            fields = [(b"Host", str(exchange.upstream).encode()), *fields[1:]]
        if self.edits.up:
            # Each try starts from the same fields, since edits may name the upstream.
            fields = list(fields)
            for edit in self.edits.up:
                edit(fields, exchange)
        head = self.leg.head(exchange, method, uri, fields, body.length)
        request = Request(method, head, body, exchange.writer.inform, uri, fields, held)
        request.may_switch = head.find(b"\r\nUpgrade: ") >= 0
        return request

    @staticmethod
    def _rewritten(exchange: Exchange, rewrite: Rewrite) -> tuple[str, str, Body]:
        """What the upstream is asked; the exchange stays as it is, for its placeholders are the client's request."""
        before = exchange.method, exchange.uri
        rewrite(exchange)
        method, uri = exchange.method, exchange.uri
        exchange.method = before[0]
        exchange.set_uri(before[1])
        # A request that became a GET is a question of its own (as in `forward_auth`); the body is for what follows.
        asks_anew = (method, uri) != before and method in ("GET", "HEAD")
        return method, uri, BytesBody() if asks_anew else exchange.body

    def _pass_on(self, exchange: Exchange, answer: Answer) -> Awaitable[None]:
        for edit in self.edits.down:
            edit(answer.status, answer.headers, exchange)
        if answer.stream is not None:
            return self._switch(exchange, answer, answer.stream)
        if self.responders:
            return self._respond(exchange, answer)
        return relay(exchange, answer, buffer=self.buffers.response)

    async def _switch(self, exchange: Exchange, answer: Answer, upstream: Stream) -> None:
        downstream = await exchange.writer.switch(answer.headers)
        await join(downstream, upstream, longest=self.longest_stream)

    async def _respond(self, exchange: Exchange, answer: Answer) -> None:
        """The first responder that takes the answer has it, or the upstream's answer stands."""
        length = [] if answer.length is None else [(b"Content-Length", b"%d" % answer.length)]
        for responder in self.responders:
            if not responder.takes(answer.status, answer.headers + length):
                continue
            if responder.status is not None:
                return await relay(exchange, answer, responder.status(exchange), self.buffers.response)
            if responder.endpoint is not None:
                return await responder.endpoint(exchange)
        return await relay(exchange, answer, buffer=self.buffers.response)
