"""The body of a request, as those see it who read it."""

from __future__ import annotations

from typing import Protocol

from .headers import Fields


class Body(Protocol):
    """The request's body, read once. Reading pulls: what is not read is not taken from the client."""

    length: int | None
    """Bytes in all: 0 where there is no body, None where only its end will tell (chunked)."""

    @property
    def trailers(self) -> Fields:
        """Fields behind the body, once it was read to its end; those of HTTP/1 are dropped."""

    @property
    def received(self) -> int:
        """Bytes that were read."""

    def at_hand(self) -> bytes:
        """What has arrived already and was not read, without waiting; perhaps nothing."""

    async def read(self) -> bytes:
        """The next piece as it came; `b""` at the end. HandlerError (400, 408, 413) or ClientGone if it breaks off."""


class BodyWrapper:
    """A body that passes everything on; the base for those that change one thing."""

    __slots__ = ("inner", "length")

    def __init__(self, inner: Body) -> None:
        self.inner = inner
        self.length = inner.length

    @property
    def trailers(self) -> Fields:
        """See `Body.trailers`."""
        return self.inner.trailers

    @property
    def received(self) -> int:
        """See `Body.received`."""
        return self.inner.received

    def at_hand(self) -> bytes:
        """See `Body.at_hand`."""
        return self.inner.at_hand()

    async def read(self) -> bytes:
        """See `Body.read`."""
        return await self.inner.read()


class BytesBody:
    """A body that is in memory already; `BytesBody()` is the absent one."""

    __slots__ = ("_data", "length", "received")

    trailers: Fields = ()

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self.length: int | None = len(data)
        self.received = 0

    def at_hand(self) -> bytes:
        """All of it at once, then `b""`."""
        data, self._data = self._data, b""
        self.received += len(data)
        return data

    async def read(self) -> bytes:
        """All of it at once, then `b""`."""
        return self.at_hand()
