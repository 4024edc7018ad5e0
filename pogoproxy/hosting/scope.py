"""The request scope of jobs round each request: what a request spawned ends with it, or when its client leaves.

An application that waits for its jobs does not look whether its client is still there, and asking by `receive` would
take body bytes away from it. The protocol knows, and tells the scope of the request that it is serving.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ..jobs.errors import JobError, TaskTimeout
from ..jobs.scope import request_scope
from ..jobs.tally import FIELD, Tally

log = logging.getLogger(__name__)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class ScopedApplication:
    """An ASGI 3 application whose requests each have a scope; lifespan messages pass as they are.

    A request that takes more than `timeout` seconds is cancelled, with its jobs, and answered 504; 0 is no limit.
    """

    def __init__(self, application: Application, timeout: float = 0.0) -> None:
        self._application = application
        self._timeout = timeout or None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = headers.get(b"x-request-id", b"").decode("latin-1")
        traceparent = headers.get(b"traceparent", b"").decode("latin-1")
        is_limited = self._timeout is not None and scope["type"] == "http"
        with request_scope(request_id, self._timeout if is_limited else None, traceparent) as jobs:
            # uvicorn's `receive` is a method of the object that stands for the request in the protocol.
            cycle = getattr(receive, "__self__", None)
            if cycle is not None:
                cycle.jobs = jobs
            tell = _telling(jobs.tally, send)
            try:
                await (self._limited if is_limited else self._application)(scope, receive, tell)
            except JobError as error:
                if cycle is None or cycle.response_started or scope["type"] != "http":
                    raise
                log.warning("request failed target=%s error=%s", scope["path"], error)
                await _answer(error, tell)

    async def _limited(self, scope: Message, receive: Receive, send: Send) -> None:
        """The application's answer in time; TaskTimeout otherwise."""
        try:
            async with asyncio.timeout(self._timeout) as timer:
                await self._application(scope, receive, send)
        except TimeoutError:
            if timer.expired():
                raise TaskTimeout(f"the request took more than {self._timeout:g} s") from None
            raise


def _telling(tally: Tally, send: Send) -> Send:
    """`send`, with what the jobs have come to by then in the head of the answer, for the access log of the front."""

    def tell(message: Message) -> Awaitable[None]:
        if tally.spawned and message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), (FIELD, tally.field())]}
        return send(message)

    return tell


async def _answer(error: JobError, send: Send) -> None:
    """What a job error means to an HTTP client: 503 of a full pool, 504 of a late task, 502 of a dead worker."""
    headers = [(b"content-length", b"0")]
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        headers.append((b"retry-after", str(retry_after).encode()))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body"})


class ScopedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1 protocol, which cancels a request's jobs when the connection is lost."""

    def connection_lost(self, exc: Exception | None) -> None:
        """The front has closed, because its client did or because it died."""
        jobs = getattr(self.cycle, "jobs", None)
        if jobs is not None and not self.cycle.response_complete:
            jobs.close()
        super().connection_lost(exc)
