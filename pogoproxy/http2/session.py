"""One HTTP/2 connection as both sides have it (RFC 9113): frames in, to streams; frames out, within the windows.

No I/O: `receive` is given bytes, `outbox` takes them. A subclass says what a new stream is, and acts on a fault. What
a peer does wrong is raised as ConnectionFault or StreamFault by whatever notices it, and caught in `receive` alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Protocol

from ..http.exchange import HeaderList
from . import frames
from .abuse import MOST_CONTINUATIONS, SMALL_INCREMENT, Abuse, Budget
from .codes import Code, ConnectionFault, StreamFault
from .frames import ACK, END_HEADERS, END_STREAM, HEADER, MAX_FRAME, MAX_WINDOW, PRIORITY, Kind, frame, unpadded
from .hpack_decoder import Decoder
from .hpack_encoder import Encoder
from .settings import DEFAULT_WINDOW, Settings, unpack
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
    largest_block = 64 * 1024
    """Bytes of a header block as it comes, compressed."""

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
        self._send_window = DEFAULT_WINDOW
        self._receive_window = self.window
        self._unacknowledged = 0
        self._rest = b""
        self._has_settings = False
        self._block: list[bytes] | None = None
        """The pieces of a header block that is not complete."""
        self._block_stream = self._block_flags = self._block_size = 0
        self._waiting: dict[Stream, None] = {}

    # What a subclass decides.

    @abstractmethod
    def opened(self, stream: int, block: bytes, *, ended: bool) -> None:
        """HEADERS on a stream that is not known."""

    @abstractmethod
    def on_fault(self, fault: ConnectionFault) -> None:
        """The connection is beyond use."""

    @abstractmethod
    def on_goaway(self, last_stream: int, code: int) -> None:
        """The peer will look at no stream after that one."""

    @abstractmethod
    def on_settings(self) -> None:
        """`peer` has changed."""

    @abstractmethod
    def on_stream_over(self, stream: Stream) -> None:
        """A stream has left `streams`."""

    @abstractmethod
    def is_ours(self, stream: int) -> bool:
        """Whether it is for us to open streams of that number."""

    @abstractmethod
    def is_held_back(self) -> bool:
        """Whether the socket takes less than it is given."""

    @abstractmethod
    async def writable(self) -> None:
        """Wait until the socket takes more; ConnectionError or ClientGone if there is none."""

    def wait_for_room(self, stream: Stream) -> None:
        """A stream waits for its windows."""
        self._waiting[stream] = None

    def got_room(self, stream: Stream) -> None:
        """It waits no longer."""
        self._waiting.pop(stream, None)

    # Bytes in.

    def receive(self, data: bytes) -> None:
        """Take what arrived."""
        buffer = self._rest + data if self._rest else data
        at, end = 0, len(buffer)
        try:
            while end - at >= HEADER.size and not self.is_over:
                sized, flags, stream = HEADER.unpack_from(buffer, at)
                size = sized >> 8
                if size > MAX_FRAME:
                    raise ConnectionFault(Code.FRAME_SIZE_ERROR, "frame larger than allowed")
                start, behind = at + HEADER.size, at + HEADER.size + size
                if behind > end:
                    break
                self._take(sized & 0xFF, flags, stream & MAX_WINDOW, buffer[start:behind])
                at = behind
        except ConnectionFault as fault:
            self.is_over = True
            self.on_fault(fault)
        self._rest = buffer[at:]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if self._block is not None and (kind != Kind.CONTINUATION or stream != self._block_stream):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "header block interrupted")
        if not self._has_settings and (kind != Kind.SETTINGS or flags & ACK):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "the first frame is not SETTINGS")
        try:
            if kind < len(self._TAKERS):
                self._TAKERS[kind](self, flags, stream, payload)
            else:
                self.budget.spend(Abuse.IGNORED)
        except StreamFault as fault:
            self.budget.spend(Abuse.RESET)
            self.reset(fault.stream, fault.code)

    # Header blocks.

    def _take_headers(self, flags: int, stream: int, payload: bytes) -> None:
        _on_a_stream(stream)
        payload = unpadded(flags, payload)
        if flags & PRIORITY:
            if len(payload) < 5:
                raise ConnectionFault(Code.FRAME_SIZE_ERROR, "HEADERS cut off")
            _check_dependency(stream, payload)
            payload = payload[5:]
        if flags & END_HEADERS:
            return self._headers(flags, stream, payload)
        self._block, self._block_stream, self._block_flags = [payload], stream, flags
        self._block_size = len(payload)
        return None

    def _take_continuation(self, flags: int, stream: int, payload: bytes) -> None:
        """Collect; the pieces are bounded in size and in number, since nothing else of the connection goes on."""
        if self._block is None:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "CONTINUATION of nothing")
        self._block.append(payload)
        self._block_size += len(payload)
        if self._block_size > self.largest_block or len(self._block) > MOST_CONTINUATIONS:
            raise self.budget.fault(Abuse.CONTINUATION)
        if flags & END_HEADERS:
            block, self._block = b"".join(self._block), None
            self._headers(self._block_flags, stream, block)

    def is_in_block(self) -> bool:
        """Whether part of a header block has come."""
        return self._block is not None

    def _headers(self, flags: int, number: int, block: bytes) -> None:
        ended = flags & END_STREAM != 0
        stream = self.streams.get(number)
        if stream is None:
            return self.opened(number, block, ended=ended)
        if stream.ended_by_peer:
            raise ConnectionFault(Code.STREAM_CLOSED, "HEADERS after the end of the stream")
        if ended:
            stream.ended_by_peer = True
        stream.on_headers(block)
        return self._end(stream) if ended else None

    # Bodies.

    def _take_data(self, flags: int, number: int, payload: bytes) -> None:
        _on_a_stream(number)
        size = len(payload)
        payload = unpadded(flags, payload)
        if size > self._receive_window:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "more data than the connection's window")
        self._receive_window -= size
        stream = self.streams.get(number)
        if stream is None or stream.ended_by_peer:
            self._give_back(size)
            return self._stray(number, Code.STREAM_CLOSED)
        if size > stream.receive_window:
            self._give_back(size)
            raise StreamFault(number, Code.FLOW_CONTROL_ERROR, "more data than the stream's window")
        stream.receive_window -= size
        if size > len(payload):
            self.consumed(stream, size - len(payload))
        if payload:
            stream.on_data(payload)
        elif not flags & END_STREAM:
            self.budget.spend(Abuse.EMPTY)
        if flags & END_STREAM:
            stream.ended_by_peer = True
            self._end(stream)
        return None

    def _end(self, stream: Stream) -> None:
        stream.on_end()
        if stream.ended_by_us:
            self._forget(stream)

    def _stray(self, number: int, code: Code) -> None:
        """A frame for a stream that is over, or never was (section 5.1)."""
        if number in self.streams:
            raise StreamFault(number, code, "DATA after the end of the stream")
        if self._is_idle(number):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "frame on an idle stream")
        self.budget.spend(Abuse.IGNORED)
        if not self.ended.get(number):
            raise StreamFault(number, code, "DATA on a closed stream")

    def _is_idle(self, number: int) -> bool:
        return self.is_ours(number) or number > self.last_stream

    def consumed(self, stream: Stream, size: int) -> None:
        """That many bytes have found their reader, so that as many may come."""
        self._give_back(size)
        self.acknowledge(stream, size)

    def acknowledge(self, stream: Stream, size: int) -> None:
        """The same for the stream alone."""
        stream.unacknowledged += size
        if stream.unacknowledged >= self.stream_window // 4 and not stream.ended_by_peer:
            self.outbox.put(frames.window_update(stream.id, stream.unacknowledged))
            stream.receive_window += stream.unacknowledged
            stream.unacknowledged = 0

    def discarded(self, size: int) -> None:
        """That many bytes will find no reader; their streams are over."""
        if size:
            self._give_back(size)

    def _give_back(self, size: int) -> None:
        self._unacknowledged += size
        if self._unacknowledged >= self.window // 4:
            self.outbox.put(frames.window_update(0, self._unacknowledged))
            self._receive_window += self._unacknowledged
            self._unacknowledged = 0

    # The other frames.

    def _take_priority(self, _: int, stream: int, payload: bytes) -> None:
        _on_a_stream(stream)
        if len(payload) != 5:
            raise StreamFault(stream, Code.FRAME_SIZE_ERROR, "PRIORITY of wrong size")
        self.budget.spend(Abuse.PRIORITY)
        _check_dependency(stream, payload)

    def _take_rst_stream(self, _: int, number: int, payload: bytes) -> None:
        _on_a_stream(number)
        _sized(payload, 4, "RST_STREAM")
        stream = self.streams.get(number)
        if stream is not None:
            self._close(stream, frames.long(payload))
        elif self._is_idle(number):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "RST_STREAM on an idle stream")
        self.budget.spend(Abuse.RESET)

    def _take_settings(self, flags: int, stream: int, payload: bytes) -> None:
        _on_the_connection(stream)
        if flags & ACK:
            return _sized(payload, 0, "SETTINGS with ACK")
        if self._has_settings:
            self.budget.spend(Abuse.SETTINGS)
        self._has_settings = True
        before = self.peer.initial_window_size
        for setting, value in unpack(payload):
            self.peer.take(setting, value)
        self.encoder.resize(self.peer.header_table_size)
        for one in self.streams.values():
            self._widen(one, self.peer.initial_window_size - before)
        self._unblock()
        self.outbox.put(frame(Kind.SETTINGS, ACK, 0))
        return self.on_settings()

    def _widen(self, stream: Stream, increment: int) -> None:
        stream.send_window += increment
        if stream.send_window > MAX_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "window too large")

    def _take_push_promise(self, *_: object) -> None:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody allowed")

    def _take_ping(self, flags: int, stream: int, payload: bytes) -> None:
        _on_the_connection(stream)
        _sized(payload, 8, "PING")
        if not flags & ACK:
            self.budget.spend(Abuse.PING)
            self.outbox.put(frame(Kind.PING, ACK, 0, payload))

    def _take_goaway(self, _: int, stream: int, payload: bytes) -> None:
        _on_the_connection(stream)
        if len(payload) < 8:
            raise ConnectionFault(Code.FRAME_SIZE_ERROR, "GOAWAY cut off")
        self.on_goaway(frames.long(payload) & MAX_WINDOW, frames.long(payload[4:8]))

    def _take_window_update(self, _: int, number: int, payload: bytes) -> None:
        _sized(payload, 4, "WINDOW_UPDATE")
        increment = frames.long(payload) & MAX_WINDOW
        if increment < SMALL_INCREMENT:
            self.budget.spend(Abuse.WINDOW)
        if not number:
            return self._open_window(increment)
        stream = self.streams.get(number)
        if stream is None:
            if self._is_idle(number):
                raise ConnectionFault(Code.PROTOCOL_ERROR, "WINDOW_UPDATE on an idle stream")
            return None
        if not increment:
            raise StreamFault(number, Code.PROTOCOL_ERROR, "window opened by nothing")
        if stream.send_window + increment > MAX_WINDOW:
            raise StreamFault(number, Code.FLOW_CONTROL_ERROR, "window too large")
        stream.send_window += increment
        return stream.unblock()

    def _open_window(self, increment: int) -> None:
        if not increment:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "window opened by nothing")
        self._send_window += increment
        if self._send_window > MAX_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "window too large")
        self._unblock()

    def _unblock(self) -> None:
        for stream in self._waiting:
            stream.unblock()

    _TAKERS: ClassVar[tuple[Callable[..., None], ...]] = (
        _take_data,
        _take_headers,
        _take_priority,
        _take_rst_stream,
        _take_settings,
        _take_push_promise,
        _take_ping,
        _take_goaway,
        _take_window_update,
        _take_continuation,
    )

    # Frames out; streams call these.

    def room(self, stream: Stream) -> int:
        """Bytes of DATA that may be sent on the stream in one frame; not more than 0 if it must wait."""
        return min(stream.send_window, self._send_window, self.peer.max_frame_size)

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
        self._send_window -= size
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


def _on_a_stream(stream: int) -> None:
    if not stream:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "a stream's frame on stream 0")


def _on_the_connection(stream: int) -> None:
    if stream:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "the connection's frame on a stream")


def _sized(payload: bytes, size: int, name: str) -> None:
    if len(payload) != size:
        raise ConnectionFault(Code.FRAME_SIZE_ERROR, f"{name} of wrong size")


def _check_dependency(stream: int, payload: bytes) -> None:
    if frames.long(payload) & MAX_WINDOW == stream:
        raise StreamFault(stream, Code.PROTOCOL_ERROR, "stream depends on itself")
