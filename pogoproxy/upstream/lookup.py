"""Targets that differ from request to request: addresses with placeholders, and names that are looked up again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from ..errors import ConfigError, DialError, NoUpstream
from ..http.exchange import Exchange
from ..http.placeholders import Template
from .target import Source, Target, Targets

log = logging.getLogger(__name__)

Find = Callable[[str], Awaitable[Sequence[str]]]
"""The dial addresses that a query finds; OSError if there are none or nobody can say."""

_MOST = 100
"""Queries that are remembered, as in Caddy; with placeholders they come from requests."""

_RETRY = 1.0
"""Seconds until a query that has failed, and has no good answer from before, is tried again."""


class FilledTargets:
    """Targets whose addresses hold placeholders; one that is no address for a request is left out."""

    def __init__(self, dials: Sequence[Template], targets: Targets) -> None:
        self._dials = dials
        self._targets = targets

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """Those that this request names."""
        found = []
        for dial in self._dials:
            text = dial(exchange)
            try:
                found.append(self._targets.at(text))
            except ConfigError as wrong:
                log.debug("no upstream for this request dial=%s error=%s", text, wrong.message)
        return found

    async def wait(self, _: Exchange) -> Sequence[Target]:
        """What this request names cannot be dialed."""
        raise DialError("no address of an upstream in this request")

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`; the request does not change."""


@dataclass(slots=True)
class _Answer:
    """What one query found last. `until` is when it is asked again, on the source's clock."""

    found: Sequence[Target] = ()
    until: float = 0.0
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)


class LookedUp:
    """What a query finds; asked again after `refresh` seconds.

    While a look-up fails the last good answer is used on, and the next try is after `grace` seconds: a name server that
    is down takes no upstream with it.
    """

    def __init__(
        self,
        query: Template,
        find: Find,
        targets: Targets,
        *,
        refresh: float = 60.0,
        grace: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._query = query
        self._find = find
        self._targets = targets
        self._refresh = refresh
        self._grace = grace
        self._clock = clock
        self._answers: dict[str, _Answer] = {}

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """The last answer while it is fresh; none asks for another."""
        answer = self._answers.get(self._query(exchange))
        return answer.found if answer is not None and self._clock() < answer.until else ()

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The answer of a new look-up, of which there is one at a time; NoUpstream if there never was any."""
        query = self._query(exchange)
        answer = self._answers.get(query)
        if answer is None:
            if len(self._answers) >= _MOST:
                del self._answers[next(iter(self._answers))]
            answer = self._answers[query] = _Answer()
        async with answer.asking:
            if self._clock() >= answer.until:
                await self._look_up(query, answer)
        if not answer.found:
            raise NoUpstream(f"no upstreams found for {query}")
        return answer.found

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`; the next request asks anew."""
        answer = self._answers.get(self._query(exchange))
        if answer is not None:
            answer.until = 0.0

    async def _look_up(self, query: str, answer: _Answer) -> None:
        try:
            answer.found = [self._targets.at(dial) for dial in await self._find(query)]
            seconds = self._refresh if answer.found else _RETRY
        except (OSError, ConfigError) as error:
            log.warning("upstream look-up failed name=%s error=%s last_good=%d", query, error, len(answer.found))
            seconds = self._grace if answer.found else _RETRY
        answer.until = self._clock() + seconds


class Several:
    """What several sources find, in their order; one that fails is passed over."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """What all find, or nothing if one must be waited for."""
        found = [source.available(exchange) for source in self._sources]
        return [target for targets in found for target in targets] if all(found) else ()

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """What all find; NoUpstream if none finds any."""
        found: list[Target] = []
        for source in self._sources:
            try:
                found += source.available(exchange) or await source.wait(exchange)
            except NoUpstream as error:
                log.debug("upstream source has none error=%s", error)
        if not found:
            raise NoUpstream("no source has upstreams")
        return found

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`."""
        for source in self._sources:
            source.doubt(exchange)


class WithFallback:
    """What one source finds, or else another's: those that are configured, where none can be looked up."""

    def __init__(self, source: Source, fallback: Source) -> None:
        self._source = source
        self._fallback = fallback

    def available(self, exchange: Exchange) -> Sequence[Target]:
        """The source's."""
        return self._source.available(exchange)

    async def wait(self, exchange: Exchange) -> Sequence[Target]:
        """The source's, or the fallback's."""
        try:
            return await self._source.wait(exchange)
        except NoUpstream:
            return self._fallback.available(exchange) or await self._fallback.wait(exchange)

    def doubt(self, exchange: Exchange) -> None:
        """See `Source.doubt`."""
        self._source.doubt(exchange)
