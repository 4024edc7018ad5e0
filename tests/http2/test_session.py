"""A session without a socket: whatever comes, it answers, resets or ends, and keeps within its bounds."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st

from pogoproxy.http.limits import Limits
from pogoproxy.http2.codes import ConnectionFault
from pogoproxy.http2.frames import END_HEADERS, END_STREAM, MAX_WINDOW, PADDED, PRIORITY, Kind, frame
from pogoproxy.http2.hpack_encoder import Encoder
from pogoproxy.http2.server_session import MOST_STREAMS, ServerSession
from pogoproxy.http2.server_stream import ServerStream
from tests.http2.peer import GET, POST

BLOCKS = [
    Encoder().encode(GET),
    Encoder().encode([*POST, (b"content-length", b"3")]),
    Encoder().encode([(b"x-a", b"b")]),
    Encoder().encode([*GET, (b"connection", b"x")]),
    b"\xbe",
    b"\x3f\xe1\x1f\x82",
    b"\x40",
    b"",
]
LONGS = st.sampled_from([0, 1, 3, 5, 65535, MAX_WINDOW, 2**31]).map(lambda number: number.to_bytes(4, "big"))
PAYLOADS = st.one_of(
    st.sampled_from(BLOCKS),
    st.sampled_from(BLOCKS).map(lambda block: b"\x02" + block + bytes(2)),
    st.sampled_from(BLOCKS).map(lambda block: bytes((0, 0, 0, 3, 7)) + block),
    LONGS,
    st.tuples(LONGS, LONGS).map(b"".join),
    st.tuples(st.sampled_from([b"\0\1", b"\0\2", b"\0\3", b"\0\4", b"\0\5", b"\0\6"]), LONGS).map(b"".join),
    st.sampled_from([b"abc", bytes(8), bytes(16384)]),
    st.binary(max_size=20),
)
FLAGS = st.sampled_from(
    [0, END_STREAM, END_HEADERS, END_STREAM | END_HEADERS, PADDED | END_HEADERS, PRIORITY | END_HEADERS, 0xFF]
)
FRAMES = st.builds(
    frame,
    st.one_of(st.sampled_from([Kind.HEADERS, Kind.HEADERS, Kind.DATA]), st.integers(0, 10)),
    FLAGS,
    st.sampled_from([0, 1, 1, 3, 3, 5, 2]),
    PAYLOADS,
)


class Handlers:
    """Stands for a connection: answers every second request at once, and reads what is there of the others."""

    def __init__(self) -> None:
        self.server = SimpleNamespace(now=0.0, limits=Limits(header_bytes=4096, header_count=20))
        self.running = 0
        self.faults: list[ConnectionFault] = []
        self.written: list[bytes] = []
        self.writing_paused = False

    def put(self, *pieces: bytes) -> None:
        self.written += pieces

    def answer(self, stream: ServerStream) -> None:
        if stream.id % 4 == 1:
            stream.at_hand()
            stream.send_headers([(b":status", b"204")], end=True)

    def fail(self, fault: ConnectionFault) -> None:
        self.faults.append(fault)

    def hang_up(self, stream: ServerStream) -> None:
        """The rest of the request may come."""

    def rest(self) -> None:
        """Nothing is under way."""

    def close_if_idle(self) -> None:
        """The client goes away."""


@given(st.lists(FRAMES, max_size=40), st.integers(1, 50))
@settings(max_examples=400, deadline=None)
def test_any_frames_in_any_pieces_leave_a_sound_session(frames, size):
    handlers = Handlers()
    session = ServerSession(handlers, handlers)  # type: ignore[arg-type]
    data = frame(Kind.SETTINGS, 0, 0) + b"".join(frames)
    for at in range(0, len(data), size * 100):
        session.receive(data[at : at + size * 100])
        for stream in list(session.streams.values())[::2]:
            stream.at_hand()
    assert len(handlers.faults) <= 1
    assert session.is_over == bool(handlers.faults)
    assert len(session.streams) <= MOST_STREAMS
    assert len(session.ended) <= 256
    assert sum(len(stream._buffer) for stream in session.streams.values()) <= session.window
    assert all(stream.send_window <= MAX_WINDOW for stream in session.streams.values())
    assert all(stream.receive_window >= 0 for stream in session.streams.values())


@given(st.lists(st.binary(max_size=300), max_size=10))
@settings(max_examples=300, deadline=None)
def test_any_bytes_leave_a_sound_session(pieces):
    handlers = Handlers()
    session = ServerSession(handlers, handlers)  # type: ignore[arg-type]
    for piece in pieces:
        session.receive(piece)
    assert len(handlers.faults) <= 1
