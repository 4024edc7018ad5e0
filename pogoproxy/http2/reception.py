"""Frames in: what each means for the connection and for its streams (RFC 9113 sections 5 and 6).

What a peer does wrong is raised as ConnectionFault or StreamFault by whatever notices it, and caught here alone.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from . import frames
from .abuse import SMALL_INCREMENT, Abuse
from .codes import Code, ConnectionFault, StreamFault
from .frame_checks import check_dependency, on_a_stream, on_the_connection, sized
from .frames import ACK, END_HEADERS, END_STREAM, HEADER, MAX_FRAME, MAX_WINDOW, PRIORITY, Kind, frame, unpadded
from .header_block import HeaderBlock
from .session import Session
from .settings import unpack
from .stream import Stream


class Reception(Session):
    """A session that is given the bytes that arrive. A subclass says what a new stream is, and acts on a fault."""

    largest_block = 64 * 1024
    """Bytes of a header block as it comes, compressed."""

    _rest = b""
    _has_settings = False
    _block: HeaderBlock | None = None
    """A header block that is not complete."""

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
    def is_ours(self, stream: int) -> bool:
        """Whether it is for us to open streams of that number."""

    # Bytes in.

    def receive(self, data: bytes) -> None:
        """Take what arrived."""
        buffer = self._rest + data if self._rest else data
        at, end = 0, len(buffer)
        try:
            while end - at >= HEADER.size and not self.is_over:
                length_and_kind, flags, stream = HEADER.unpack_from(buffer, at)
                size = length_and_kind >> 8
                if size > MAX_FRAME:
                    raise ConnectionFault(Code.FRAME_SIZE_ERROR, "frame larger than allowed")
                start, behind = at + HEADER.size, at + HEADER.size + size
                if behind > end:
                    break
                self._take(length_and_kind & 0xFF, flags, stream & MAX_WINDOW, buffer[start:behind])
                at = behind
        except ConnectionFault as fault:
            self.is_over = True
            self.on_fault(fault)
        self._rest = buffer[at:]

    def _take(self, kind: int, flags: int, stream: int, payload: bytes) -> None:
        if self._block is not None and (kind != Kind.CONTINUATION or stream != self._block.stream):
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
        on_a_stream(stream)
        payload = unpadded(flags, payload)
        if flags & PRIORITY:
            if len(payload) < 5:
                raise ConnectionFault(Code.FRAME_SIZE_ERROR, "HEADERS cut off")
            check_dependency(stream, payload)
            payload = payload[5:]
        if flags & END_HEADERS:
            return self._headers(flags, stream, payload)
        self._block = HeaderBlock(stream, flags, payload)
        return None

    def _take_continuation(self, flags: int, stream: int, payload: bytes) -> None:
        block = self._block
        if block is None:
            raise ConnectionFault(Code.PROTOCOL_ERROR, "CONTINUATION of nothing")
        block.add(payload)
        if block.is_excessive(self.largest_block):
            raise self.budget.fault(Abuse.CONTINUATION)
        if flags & END_HEADERS:
            self._block = None
            self._headers(block.flags, stream, block.whole())

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
        on_a_stream(number)
        size = len(payload)
        payload = unpadded(flags, payload)
        self.flow.take(size)
        stream = self.streams.get(number)
        if stream is None or stream.ended_by_peer:
            self.discarded(size)
            return self._stray(number, Code.STREAM_CLOSED)
        if size > stream.receive_window:
            self.discarded(size)
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

    # The other frames.

    def _take_priority(self, _: int, stream: int, payload: bytes) -> None:
        on_a_stream(stream)
        if len(payload) != 5:
            raise StreamFault(stream, Code.FRAME_SIZE_ERROR, "PRIORITY of wrong size")
        self.budget.spend(Abuse.PRIORITY)
        check_dependency(stream, payload)

    def _take_rst_stream(self, _: int, number: int, payload: bytes) -> None:
        on_a_stream(number)
        sized(payload, 4, "RST_STREAM")
        stream = self.streams.get(number)
        if stream is not None:
            self._close(stream, frames.long(payload))
        elif self._is_idle(number):
            raise ConnectionFault(Code.PROTOCOL_ERROR, "RST_STREAM on an idle stream")
        self.budget.spend(Abuse.RESET)

    def _take_settings(self, flags: int, stream: int, payload: bytes) -> None:
        on_the_connection(stream)
        if flags & ACK:
            return sized(payload, 0, "SETTINGS with ACK")
        if self._has_settings:
            self.budget.spend(Abuse.SETTINGS)
        self._has_settings = True
        before = self.peer.initial_window_size
        for setting, value in unpack(payload):
            self.peer.take(setting, value)
        self.encoder.resize(self.peer.header_table_size)
        for one in self.streams.values():
            self._widen(one, self.peer.initial_window_size - before)
        self.flow.unblock()
        return self.outbox.put(frame(Kind.SETTINGS, ACK, 0))

    def _widen(self, stream: Stream, increment: int) -> None:
        stream.send_window += increment
        if stream.send_window > MAX_WINDOW:
            raise ConnectionFault(Code.FLOW_CONTROL_ERROR, "window too large")

    def _take_push_promise(self, *_: object) -> None:
        raise ConnectionFault(Code.PROTOCOL_ERROR, "PUSH_PROMISE, which nobody allowed")

    def _take_ping(self, flags: int, stream: int, payload: bytes) -> None:
        on_the_connection(stream)
        sized(payload, 8, "PING")
        if not flags & ACK:
            self.budget.spend(Abuse.PING)
            self.outbox.put(frame(Kind.PING, ACK, 0, payload))

    def _take_goaway(self, _: int, stream: int, payload: bytes) -> None:
        on_the_connection(stream)
        if len(payload) < 8:
            raise ConnectionFault(Code.FRAME_SIZE_ERROR, "GOAWAY cut off")
        self.on_goaway(frames.long(payload) & MAX_WINDOW, frames.long(payload[4:8]))

    def _take_window_update(self, _: int, number: int, payload: bytes) -> None:
        sized(payload, 4, "WINDOW_UPDATE")
        increment = frames.long(payload) & MAX_WINDOW
        if increment < SMALL_INCREMENT:
            self.budget.spend(Abuse.WINDOW)
        if not number:
            return self.flow.open(increment)
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
