"""The supervisor's end of a child's control channel; `pogoproxy.jobs.control` is the other end and the format."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import msgspec

from ..errors import ProcessError
from ..jobs.control import LARGEST, LENGTH


class Started(msgspec.Struct, frozen=True, tag="started"):
    """A forked child says who it is."""

    pid: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The child serves."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """The child cannot start; `is_final` if trying again without a change cannot help."""

    reason: str
    traceback: str = ""
    is_final: bool = False


class Said(msgspec.Struct, frozen=True, tag="said"):
    """What a child tells whoever minds it; the supervisor only passes it on."""

    body: msgspec.Raw


Message = Started | Ready | Failed | Said
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def framed(message: bytes) -> bytes:
    """One JSON text as it travels."""
    return LENGTH.pack(len(message)) + message


class Channel:
    """One end of a socket pair; reading never blocks, and is driven by the loop's readiness."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self.socket = end
        self._buffer = bytearray()
        self._sending = asyncio.Lock()
        self.is_closed = False
        """The child's end is closed, by the child or by its death."""

    def receive(self) -> Iterator[Message]:
        """All messages that have arrived; ProcessError if the child speaks nonsense."""
        while not self.is_closed:
            try:
                data = self.socket.recv(65536)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                data = b""
            self._buffer += data
            self.is_closed = not data
        while (message := self._take()) is not None:
            yield message

    def _take(self) -> Message | None:
        if len(self._buffer) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._buffer)
        if length > LARGEST:
            raise ProcessError(f"control message of {length} bytes")
        end = LENGTH.size + length
        if len(self._buffer) < end:
            return None
        text = bytes(self._buffer[LENGTH.size : end])
        del self._buffer[:end]
        try:
            return _decoder.decode(text)
        except msgspec.MsgspecError as wrong:
            raise ProcessError(f"control message: {wrong}") from None

    async def send(self, message: bytes) -> None:
        """Send one JSON text, after those sent before; a child that is gone is noticed elsewhere."""
        async with self._sending:
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().sock_sendall(self.socket, framed(message))

    def send_with_fds(self, message: bytes, fds: list[int]) -> None:
        """Send a small message and descriptors at once; ProcessError if the child does not take it."""
        try:
            socket.send_fds(self.socket, [framed(message)], fds)
        except OSError as error:
            raise ProcessError(f"control channel: {error.strerror}") from error

    def close(self) -> None:
        """Close our end."""
        self.socket.close()
