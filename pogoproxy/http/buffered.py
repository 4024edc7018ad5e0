"""A request's body read ahead, for upstreams that do not cope with slow clients."""

from __future__ import annotations

from .exchange import Body


class BufferedBody:
    """The part of a body that was read ahead, and then the rest of it."""

    __slots__ = ("_ahead", "_rest", "length", "received")

    def __init__(self, ahead: bytes, rest: Body, *, is_whole: bool) -> None:
        self._ahead = ahead
        self._rest = rest
        self.length = len(ahead) if is_whole else rest.length
        self.received = 0

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
