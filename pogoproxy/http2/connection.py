"""One client's HTTP/2 connection: many requests at once, one task each."""

from __future__ import annotations

import asyncio
import enum
import logging
from typing import TYPE_CHECKING

from ..errors import ClientGone
from ..http.downstream import NEVER, Downstream
from .answering import answer
from .codes import Code, ConnectionFault
from .frames import MAX_STREAM, PREFACE
from .outbox import Outbox
from .server_session import ServerSession
from .server_stream import ServerStream

if TYPE_CHECKING:
    from ..http.server import Server

log = logging.getLogger(__name__)

_LINGER = 2.0
"""Seconds for which a client may go on sending after our GOAWAY; closing at once would reset the connection, and the
reset may overtake it."""

_UNREAD = 0.5
"""Seconds for which a client that has its answer may go on with a body that nobody reads. A reset at once makes some
clients (curl 7.88) forget the answer that came with it."""


class State(enum.Enum):
    """What the connection does; `_MOVES` says what may follow."""

    PREFACE = 1
    OPEN = 2
    ENDING = 3
    """GOAWAY is out, and streams before it are still answered."""
    LINGERING = 4
    CLOSED = 5


_MOVES = {
    State.PREFACE: {State.OPEN, State.ENDING, State.LINGERING, State.CLOSED},
    State.OPEN: {State.ENDING, State.LINGERING, State.CLOSED},
    State.ENDING: {State.LINGERING, State.CLOSED},
    State.LINGERING: {State.CLOSED},
    State.CLOSED: set[State](),
}


class Connection(Downstream):
    """An `asyncio.Protocol`; the session inside knows HTTP/2 and no socket."""

    __slots__ = ("_block_deadline", "_early", "_outbox", "_session", "_state", "running")

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.running = 0
        """Answers that have begun and are not done, whatever has become of their streams."""
        self._state = State.PREFACE
        self._early = b""
        self._block_deadline = NEVER

    def _move(self, to: State) -> None:
        assert to in _MOVES[self._state], f"{self._state} to {to}"
        self._state = to

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        super().connection_made(transport)
        assert self.transport is not None
        self._outbox = Outbox(self.transport, self._loop)
        self._session = ServerSession(self, self._outbox)
        self._session.greet()
        if self.is_surplus():
            self.fail(ConnectionFault(Code.ENHANCE_YOUR_CALM, "too many connections"))

    def connection_lost(self, exc: BaseException | None) -> None:
        """Tell whoever works for this client that it has left."""
        super().connection_lost(exc)
        self._move(State.CLOSED)
        self._session.lose()

    def eof_received(self) -> bool:
        """A client that sends no more takes no answers either: without WINDOW_UPDATE and RST_STREAM it is not one."""
        return False

    def data_received(self, data: bytes) -> None:
        """Parse what arrived."""
        if self._state is State.PREFACE:
            data = self._check_preface(data)
        if self._state in (State.OPEN, State.ENDING):
            self._session.receive(data)
            self._time_block()

    def _time_block(self) -> None:
        """A header block that is not complete holds up all streams."""
        if not self._session.is_in_block():
            self._block_deadline = NEVER
        elif self._block_deadline == NEVER:
            self._block_deadline = self.server.now + self.server.limits.read_header
            self.read_deadline = min(self.read_deadline, self._block_deadline)

    def _check_preface(self, data: bytes) -> bytes:
        self._early += data
        if not PREFACE.startswith(self._early[: len(PREFACE)]):
            self.fail(ConnectionFault(Code.PROTOCOL_ERROR, "no HTTP/2 preface"))
        elif len(self._early) >= len(PREFACE):
            self._move(State.OPEN)
            self.rest()
            data, self._early = self._early[len(PREFACE) :], b""
        return data

    def pause_writing(self) -> None:
        """The client takes less than it is sent; all its streams wait for it together."""
        super().pause_writing()
        self.write_deadline = self.server.now + self.server.limits.write_idle

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self.write_deadline = NEVER

    # What the session and its streams call.

    def answer(self, stream: ServerStream) -> None:
        """Have the handlers answer."""
        if len(self._session.streams) == 1:
            # The connection was idle until now; from here on the streams have deadlines, if they wait for the client.
            self.read_deadline = NEVER
        stream.task = self._loop.create_task(answer(self, stream))

    def hang_up(self, stream: ServerStream) -> None:
        """The answer is complete and the request is not: have the client stop, in a while (RFC 9113 section 8.1).

        At once if it is to stop half way in any case: some clients (curl 7.88) that have a whole answer, and wait for
        more of their window, hear nothing any more.
        """
        if stream.exceeds_window():
            self._session.stop(stream)
        else:
            self._loop.call_later(_UNREAD, self._session.stop, stream)

    def rest(self) -> None:
        """There are no streams."""
        if self._state is State.ENDING:
            self._linger()
        elif self._state is State.OPEN:
            self.read_deadline = self.server.now + self.server.limits.idle

    def fail(self, fault: ConnectionFault) -> None:
        """Tell the client what it did, and end."""
        abuse = self._session.budget.exceeded
        if abuse is not None:
            self.server.abuses[abuse.value] += 1
            log.warning("client cut off protocol=HTTP/2 abuse=%s remote=%s", abuse.value, self.remote[0])
        log.debug("connection fault code=%s reason=%s", fault.code.name, fault)
        self._session.say_goodbye(self._session.last_stream, fault.code, str(fault))
        self._linger()
        self._session.lose()

    def _linger(self) -> None:
        if self._state in (State.LINGERING, State.CLOSED) or self.transport is None:
            return
        self._move(State.LINGERING)
        self.read_deadline = self.server.now + _LINGER
        self._outbox.flush()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    async def writable(self) -> None:
        """Wait until the client has taken enough; ClientGone if there is nobody."""
        try:
            await self._drain_helper()
        except ConnectionError:
            raise ClientGone("the client left before its answer was complete") from None

    # What the server calls.

    def retire(self) -> None:
        """See `Downstream.retire`: the client is to open no more streams, but those under way are answered."""
        if self._state is State.PREFACE:
            self.hurry()
        elif self._state is State.OPEN:
            self._session.say_goodbye(MAX_STREAM, Code.NO_ERROR)

    def close_if_idle(self) -> None:
        """See `Downstream.close_if_idle`; with streams, the last of them closes."""
        if self._state not in (State.PREFACE, State.OPEN):
            return
        session = self._session
        session.last_served = session.last_stream
        session.say_goodbye(session.last_stream, Code.NO_ERROR)
        self._move(State.ENDING)
        if not session.streams:
            self._linger()

    def is_fresh(self) -> bool:
        """See `Downstream.is_fresh`; a client without requests loses nothing either."""
        return not self._session.streams

    def expire(self) -> None:
        """See `Downstream.expire`."""
        now = self.server.now
        if self.write_deadline <= now or self._block_deadline <= now or self._state in (State.PREFACE, State.LINGERING):
            return self.cut()
        streams = tuple(self._session.streams.values())
        if not streams:
            return self.close_if_idle()
        for stream in streams:
            if stream.deadline <= now:
                stream.overdue()
        self.read_deadline = min([self._block_deadline, *(stream.deadline for stream in streams)])
        return None
