"""A stream as raw bytes, after an extended CONNECT (RFC 8441)."""

from __future__ import annotations

from ..errors import ClientGone
from ..http.downstream import NEVER
from .codes import Code
from .server_stream import ServerStream


class Tunnel:
    """Implements `Stream` over DATA frames."""

    def __init__(self, stream: ServerStream) -> None:
        self._stream = stream
        stream.patience = NEVER

    async def read(self) -> bytes:
        """See `Stream.read`."""
        try:
            return await self._stream.read()
        except ClientGone as gone:
            raise ConnectionResetError(str(gone)) from None

    async def write(self, data: bytes) -> None:
        """See `Stream.write`."""
        await self._stream.send(data)

    def write_eof(self) -> None:
        """See `Stream.write_eof`."""
        if not self._stream.ended_by_us and self._stream.reset_code is None:
            self._stream.send_end()

    def close(self) -> None:
        """See `Stream.close`."""
        session = self._stream.session
        if self._stream.id in session.streams:
            session.reset(self._stream.id, Code.CANCEL)
