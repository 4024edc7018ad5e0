"""Bodies that are not what the client sends as it sends it: read ahead, or no longer than allowed."""

from __future__ import annotations

from ..errors import HandlerError
from .body import Body, BodyWrapper
from .headers import Fields


class BufferedBody:
    """The part of a body that was read ahead, and then the rest of it."""

    __slots__ = ("_ahead", "_rest", "length", "received")

    def __init__(self, ahead: bytes, rest: Body, *, is_whole: bool) -> None:
        self._ahead = ahead
        self._rest = rest
        self.length = len(ahead) if is_whole else rest.length
        self.received = 0

    @property
    def trailers(self) -> Fields:
        """See `Body.trailers`."""
        return self._rest.trailers

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        ahead, self._ahead = self._ahead, b""
        data = ahead + self._rest.at_hand()
        self.received += len(data)
        return data

    async def read(self) -> bytes:
        """See `Body.read`."""
        ahead, self._ahead = self._ahead, b""
        data = ahead or await self._rest.read()
        self.received += len(data)
        return data


async def read_ahead(body: Body, size: int) -> Body:
    """The same body with up to `size` bytes read, -1 being all; if that is all of it, its length is known."""
    if body.length == 0:
        return body
    pieces: list[bytes] = []
    held = 0
    while size < 0 or held < size:
        piece = await body.read()
        if not piece:
            return BufferedBody(b"".join(pieces), body, is_whole=True)
        pieces.append(piece)
        held += len(piece)
    return BufferedBody(b"".join(pieces), body, is_whole=body.length == held)


class LimitedBody(BodyWrapper):
    """A body of at most `limit` bytes; reading more fails with 413."""

    __slots__ = ("_limit",)

    def __init__(self, inner: Body, limit: int) -> None:
        super().__init__(inner)
        self._limit = limit

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        return self._checked(self.inner.at_hand())

    async def read(self) -> bytes:
        """See `Body.read`."""
        return self._checked(await self.inner.read())

    def _checked(self, data: bytes) -> bytes:
        if self.inner.received > self._limit:
            raise HandlerError(413, "request body too large")
        return data
