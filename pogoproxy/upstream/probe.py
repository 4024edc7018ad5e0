"""What an active health check asks of a target, and what it expects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from ..errors import HandlerError
from ..http.body import BytesBody
from ..http.exchange import Exchange
from ..http.headers import HeaderList, find
from ..http.regexp import Pattern
from ..http.writer import Writer, WriterWrapper
from .answer import Answer
from .leg import Leg, Request
from .target import Target

_MOST_REDIRECTS = 10
"""As many as Go's client follows."""

_MOST_BODY = 1 << 20

_KEEP_METHOD = (307, 308)


@dataclass(frozen=True, slots=True)
class Question:
    """One request of a check."""

    method: str = "GET"
    uri: str = "/"
    host: str = ""
    body: bytes = b""

    def after(self, status: int, location: str) -> Question:
        """What a redirect leads to: the same target, whatever host it names, as in Caddy."""
        there = urlsplit(location)
        uri = (there.path or "/") + (f"?{there.query}" if there.query else "")
        host = there.netloc.rpartition("@")[2] or self.host
        if status in _KEEP_METHOD:
            return Question(self.method, uri, host, self.body)
        return Question("HEAD" if self.method == "HEAD" else "GET", uri, host)


def nobodys(method: str = "", uri: str = "", fields: HeaderList | None = None, host: str = "") -> Exchange:
    """A request of our own, which no client waits for: for heads and placeholders, and never to be answered."""
    return Exchange(method, uri, fields or [], BytesBody(), WriterWrapper(cast(Writer, None)), host=host)


def no_fields(target: Target) -> HeaderList:
    """A check without fields of its own."""
    return []


@dataclass(frozen=True, slots=True)
class Probe:
    """What is asked and expected. `expect_status` of one digit is a class, 0 is 2xx; `expect_body` is searched for."""

    uri: str = "/"
    method: str = "GET"
    fields: Callable[[Target], HeaderList] = no_fields
    body: bytes = b""
    follow_redirects: bool = False
    expect_status: int = 0
    expect_body: Pattern | None = None
    max_size: int = 0
    timeout: float = 5.0

    async def passes(self, leg: Leg, target: Target) -> bool:
        """Whether the target answers as it should, in time."""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._check(leg, target)
        except (HandlerError, OSError, TimeoutError, ValueError):
            return False

    async def _check(self, leg: Leg, target: Target) -> bool:
        fields = self.fields(target)
        host = find(fields, b"host")
        asked = Question(self.method, self.uri, str(target) if host is None else host.decode(), self.body)
        for _ in range(_MOST_REDIRECTS):
            answer = await self._ask(leg, target, asked, fields)
            try:
                location = self._location(answer)
                if location is None:
                    return await self._is_expected(answer)
                asked = asked.after(answer.status, location)
            finally:
                answer.close()
        return False

    async def _ask(self, leg: Leg, target: Target, asked: Question, fields: HeaderList) -> Answer:
        others = [pair for pair in fields if pair[0].lower() != b"host"]
        whole = [(b"Host", asked.host.encode()), *others]
        exchange = nobodys(asked.method, asked.uri, whole, asked.host)
        head = leg.head(exchange, asked.method, asked.uri, whole, len(asked.body))
        request = Request(asked.method, head, BytesBody(asked.body), _ignore, uri=asked.uri, fields=whole)
        leg.route(request, target, None)
        return await leg.ask(target, request)

    def _location(self, answer: Answer) -> str | None:
        if not self.follow_redirects or answer.status not in (301, 302, 303, *_KEEP_METHOD):
            return None
        location = find(answer.headers, b"location")
        return None if location is None else location.decode("latin-1")

    async def _is_expected(self, answer: Answer) -> bool:
        if (self.expect_status or 2) not in (answer.status, answer.status // 100):
            return False
        if self.expect_body is None:
            return True
        found = b""
        while (piece := await answer.read()) and len(found) < (self.max_size or _MOST_BODY):
            found += piece
        return self.expect_body.search(found.decode(errors="replace")) is not None


async def _ignore(status: int, headers: HeaderList) -> None:
    """A check has nobody to pass early hints to."""
