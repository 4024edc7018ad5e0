"""One HTTP/2 connection as both sides have it (RFC 9113): its streams, its windows, frames out.

No I/O: `outbox` takes frames. `reception` is the other half, which takes what arrives.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Protocol

from ..http.headers import HeaderList
from . import frames
from .abuse import Budget
from .codes import Code
from .flow import Flow
from .frames import END_STREAM
from .hpack_decoder import Decoder
from .hpack_encoder import Encoder
from .settings import Settings
from .stream import Stream


class Out(Protocol):
    """Where frames go."""

    def put(self, *pieces: bytes) -> None:
        """Send them, in this order."""


class Session(ABC):
    """The state of a connection. `stream_window` and `window` are the bytes that may come in without leave."""

    stream_window = 256 * 1024
    window = 1024 * 1024
    """All streams together: what a client can make us keep that nobody reads."""

    def __init__(self, outbox: Out, clock: Callable[[], float]) -> None:
        self.outbox = outbox
        self.peer = Settings()
        self.budget = Budget(clock)
        self.decoder = Decoder()
        self.encoder = Encoder()
        self.streams: dict[int, Stream] = {}
        self.ended: dict[int, bool] = {}
        """Streams that ended lately, and whether we reset them: those may still be sent to in good faith."""
        self.last_stream = 0
        """The highest that the peer has opened."""
        self.is_over = False
        self.flow = Flow(self.window)

    # What a subclass decides.

    @abstractmethod
    def on_stream_over(self, stream: Stream) -> None:
        """A stream has left `streams`."""

    @abstractmethod
    def is_held_back(self) -> bool:
        """Whether the socket takes less than it is given."""

    @abstractmethod
    async def writable(self) -> None:
        """Wait until the socket takes more; ConnectionError or ClientGone if there is none."""

    # Windows.

    def consumed(self, stream: Stream, size: int) -> None:
        """That many bytes have found their reader, so that as many may come."""
        self.discarded(size)
        self.acknowledge(stream, size)

    def acknowledge(self, stream: Stream, size: int) -> None:
        """The same for the stream alone."""
        stream.unacknowledged += size
        if stream.unacknowledged >= self.stream_window // 4 and not stream.ended_by_peer:
            self.outbox.put(frames.window_update(stream.id, stream.unacknowledged))
            stream.receive_window += stream.unacknowledged
            stream.unacknowledged = 0

    def discarded(self, size: int) -> None:
        """That many bytes need no place any more, though their stream may."""
        increment = self.flow.give_back(size)
        if increment:
            self.outbox.put(frames.window_update(0, increment))

    # Frames out; streams call these.

    def room(self, stream: Stream) -> int:
        """Bytes of DATA that may be sent on the stream in one frame; not more than 0 if it must wait."""
        return min(stream.send_window, self.flow.send_window, self.peer.max_frame_size)

    def send_headers(self, stream: Stream, fields: HeaderList, *, end: bool) -> None:
        """A header block."""
        block = self.encoder.encode(fields)
        self.outbox.put(frames.headers(stream.id, block, end=end, largest=self.peer.max_frame_size))
        if end:
            self._ended_by_us(stream)

    def send_data(self, stream: Stream, data: bytes, *, end: bool) -> None:
        """A piece for which there is room."""
        size = len(data)
        stream.send_window -= size
        self.flow.send_window -= size
        self.outbox.put(frames.data_header(size, END_STREAM if end else 0, stream.id), data)
        if end:
            self._ended_by_us(stream)

    def _ended_by_us(self, stream: Stream) -> None:
        stream.ended_by_us = True
        if stream.ended_by_peer:
            self._forget(stream)

    def reset(self, number: int, code: Code) -> None:
        """End a stream that is open, or refuse one that is not."""
        self.outbox.put(frames.rst_stream(number, code))
        stream = self.streams.get(number)
        if stream is not None:
            self._close(stream, code)
        self.remember(number, reset=True)

    def _close(self, stream: Stream, code: int) -> None:
        stream.reset_code = code
        self._forget(stream)
        stream.unblock()
        stream.on_reset()

    _REMEMBERED = 256

    def _forget(self, stream: Stream) -> None:
        del self.streams[stream.id]
        self.remember(stream.id, reset=False)
        self.on_stream_over(stream)

    def remember(self, number: int, *, reset: bool) -> None:
        """A stream is over."""
        self.ended[number] = reset
        if len(self.ended) > self._REMEMBERED:
            del self.ended[next(iter(self.ended))]

    def lose(self) -> None:
        """The connection is gone, and every stream with it."""
        self.is_over = True
        for stream in tuple(self.streams.values()):
            self._close(stream, Code.CANCEL)
