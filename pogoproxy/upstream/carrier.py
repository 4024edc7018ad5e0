"""A pooled connection that carries one request and its answer at a time, whatever protocol both are written in.

It goes back to its pool by itself as soon as the answer is complete and the request was sent whole.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import cast

from ..errors import UpstreamProtocolError
from .answer import HIGH_WATER, Answer

LARGEST_HEAD = 256 * 1024
"""Bytes of an answer's head (nginx 4 to 32 KiB, HAProxy 16 KiB, Go 10 MiB)."""


class ClosedUnanswered(UpstreamProtocolError):
    """The connection ended before the first byte of an answer. Only then may a request be sent again, if at all."""


class Carrier(asyncio.Protocol, ABC):
    """Made by `leg.dial`; `is_usable` says whether a request may be begun. Subclasses write it and read the answer."""

    def __init__(self, release: Callable[[Carrier], None], gone: Callable[[Carrier], None]) -> None:
        self.transport: asyncio.Transport | None = None
        self.idle_since = 0.0
        self.reused = False
        self._release = release
        self._gone = gone
        self._answer: Answer | None = None
        self._to_head = False
        self._sent = False
        self._heard = 0
        """Bytes since the request began; 0 is what makes a replay safe."""
        self._stray = False
        """Bytes came that no request asked for: what follows on this connection cannot be attributed."""
        self._writable: asyncio.Future[None] | None = None
        self._paused = False

    def is_usable(self) -> bool:
        """See `Pooled.is_usable`."""
        return self.transport is not None and not self.transport.is_closing() and not self._stray

    @abstractmethod
    def begin(self, head: bytes, body: bytes, *, to_head: bool, may_switch: bool, whole: bool) -> Answer:
        """Send a request's head and what is at hand of its body; the answer will fill itself.

        If the request is not `whole`, `write` and `sent` must follow.
        """

    @abstractmethod
    async def write(self, data: bytes, *, chunked: bool) -> None:
        """Send a piece of the body; ConnectionError if the upstream has closed."""

    def sent(self, *, chunked: bool) -> None:
        """The request's body is complete."""
        self._sent = True
        if self._answer is not None and self._answer.complete:
            self._finish()

    async def writable(self) -> None:
        """Wait until the upstream has taken enough; ConnectionError if it has closed."""
        if self._paused:
            self._writable = asyncio.get_running_loop().create_future()
            await self._writable

    def abort(self) -> None:
        """End at once."""
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """End an idle connection."""
        if self.transport is not None:
            self.transport.close()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Dialed."""
        self.transport = cast(asyncio.Transport, transport)
        self._loop = asyncio.get_running_loop()

    def pause_writing(self) -> None:
        """The upstream takes less than it is sent."""
        self._paused = True

    def resume_writing(self) -> None:
        """The upstream has caught up."""
        self._paused = False
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.transport = None
        self._gone(self)
        if self._writable is not None and not self._writable.done():
            self._writable.set_exception(ConnectionResetError("the upstream has closed"))
        if self._answer is not None:
            self._answer.fail(self._why(exc))

    def _why(self, exc: Exception | None) -> UpstreamProtocolError:
        how = "reset" if isinstance(exc, ConnectionResetError) else "closed"
        if not self._heard:
            return ClosedUnanswered(f"upstream {how} the connection before it answered")
        return UpstreamProtocolError(f"upstream {how} the connection in the middle of its answer")

    # Steps. None of them notifies: `data_received` does, once for all that the data held.

    def _expect(self, *, to_head: bool, whole: bool) -> Answer:
        """The answer that is due from now on."""
        self._to_head = to_head
        self._sent = whole
        self._heard = 0
        answer = self._answer = Answer(self, self._loop)
        return answer

    def _take(self, answer: Answer, data: bytes) -> None:
        answer.pieces.append(data)
        answer.waiting += len(data)
        answer.received += len(data)
        if answer.waiting > HIGH_WATER and self.transport is not None:
            self.transport.pause_reading()

    def resume(self) -> None:
        """See `Bearer.resume`."""
        if self.transport is not None:
            self.transport.resume_reading()

    def _complete(self, answer: Answer) -> None:
        answer.complete = True
        if self._sent:
            self._finish()

    def _finish(self) -> None:
        """Both directions are done."""
        answer, self._answer = self._answer, None
        assert answer is not None
        if answer.keep_alive and not self._stray:
            self.reused = True
            self._release(self)
        else:
            self.close()

    def _broken(self, answer: Answer, error: UpstreamProtocolError) -> None:
        answer.fail(error)
        self.abort()
