"""The time from a connection's first byte until HTTP takes over: the ClientHello, the choice that follows, OpenSSL.

The hello is read before OpenSSL sees a byte. So everything may depend on it (the certificate, whether the client must
have one, which protocols are offered), and what it depends on may be waited for.
"""

from __future__ import annotations

import asyncio
import enum
import logging
import ssl
from collections.abc import Awaitable
from typing import Protocol

from ..http.prelude import Prelude
from ..http.server import Server
from .alert import Alert, AlertError, record
from .hello import LARGEST, ClientHello, NotTls, read_hello
from .plain_http import Answer, refused
from .session import Context, Session
from .transport import Secured

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds for the whole handshake (nginx 60, Go as long as a request's head may take)."""


CHOICE_TIMEOUT = 75.0
"""Seconds for what is fetched meanwhile, which may be a certificate on demand; nothing of it is up to the client."""


class Choice(Protocol):
    """What the hello led to."""

    @property
    def context(self) -> Context:
        """How OpenSSL does it."""

    def accept(self, session: Session) -> None:
        """Look at a handshake that is done; AlertError if the client is refused after all."""


class Chooser(Protocol):
    """Who says how a handshake is done."""

    def choose(self, hello: ClientHello, local: tuple[str, int], remote: tuple[str, int]) -> Choice | Awaitable[Choice]:
        """At once, or later if something must be fetched; AlertError, raised or later, if it cannot be done."""


class Stage(enum.Enum):
    """`MOVES` says what may follow."""

    HELLO = enum.auto()
    CHOOSING = enum.auto()
    SHAKING = enum.auto()
    OVER = enum.auto()


MOVES = {
    Stage.HELLO: {Stage.CHOOSING, Stage.OVER},
    Stage.CHOOSING: {Stage.SHAKING, Stage.OVER},
    Stage.SHAKING: {Stage.OVER},
    Stage.OVER: set[Stage](),
}


class Handshake(Prelude):
    """The first protocol of an accepted connection."""

    __slots__ = ("_buffer", "_choice", "_chooser", "_choosing", "_plain", "_session", "stage")

    def __init__(self, server: Server, chooser: Chooser, plain: Answer = refused) -> None:
        super().__init__(server)
        self.stage = Stage.HELLO
        self._chooser = chooser
        self._plain = plain
        self._buffer = bytearray()
        self._choice: Choice | None = None
        self._choosing: asyncio.Task[None] | None = None
        self._session: Session | None = None

    def _move(self, to: Stage) -> None:
        assert to in MOVES[self.stage], f"{self.stage} to {to}"
        self.stage = to

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The clock starts."""
        super().connection_made(transport)
        self.read_deadline = self.server.now + TIMEOUT
        if self.is_surplus():
            self.server.refusals["surplus"] += 1
            self.cut()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The client has left."""
        if self._choosing is not None:
            self._choosing.cancel()
        self.stage = Stage.OVER
        super().connection_lost(exc)

    def eof_received(self) -> bool:
        """Half a handshake leads nowhere."""
        return False

    def data_received(self, data: bytes) -> None:
        """Go on by the stage."""
        if self.stage is Stage.SHAKING:
            assert self._session is not None
            self._session.incoming.write(data)
            return self._shake()
        self._buffer += data
        if self.stage is Stage.CHOOSING and len(self._buffer) > LARGEST:
            self.server.refusals["flood"] += 1
            self.cut()
        elif self.stage is Stage.HELLO:
            self._read_hello()
        return None

    # The stages.

    def _read_hello(self) -> None:
        try:
            hello = read_hello(self._buffer)
            if hello is not None:
                self._move(Stage.CHOOSING)
                self._choose(hello)
        except NotTls:
            self._refuse_plain()
        except AlertError as error:
            self._refuse(error)

    def _choose(self, hello: ClientHello) -> None:
        choice = self._chooser.choose(hello, self.local, self.remote)
        if isinstance(choice, Awaitable):
            self.read_deadline = self.server.now + CHOICE_TIMEOUT
            self._choosing = self._loop.create_task(self._await_choice(hello, choice))
        else:
            self._begin(hello, choice)

    async def _await_choice(self, hello: ClientHello, choosing: Awaitable[Choice]) -> None:
        try:
            choice = await choosing
            self._begin(hello, choice)
        except AlertError as error:
            self._refuse(error)
        except Exception:
            log.exception("handshake crashed server_name=%s", hello.server_name)
            self._refuse(AlertError(Alert.INTERNAL_ERROR, "crashed"))

    def _begin(self, hello: ClientHello, choice: Choice) -> None:
        self._move(Stage.SHAKING)
        self.read_deadline = self.server.now + TIMEOUT
        self._choice = choice
        self._session = Session(choice.context, hello)
        self._session.incoming.write(self._buffer)
        self._buffer.clear()
        self._shake()

    def _shake(self) -> None:
        assert self._session is not None and self._choice is not None
        try:
            self._session.tls.do_handshake()
            self._choice.accept(self._session)
        except ssl.SSLWantReadError:
            self.send(self._session.outgoing.read())
        except ssl.SSLError as error:
            self._fail(error.reason or "failed", self._session.outgoing.read())
        except AlertError as error:
            self._fail(error.reason)
        else:
            self._hand_over()

    def _hand_over(self) -> None:
        """HTTP takes the connection; from now on this object is out of it."""
        assert self._session is not None and self.transport is not None
        self._move(Stage.OVER)
        inner = self.server.protocol(self._session.alpn)
        secured = Secured(self.transport, self._session, inner, {"peername": self.remote, "sockname": self.local})
        self.hand_over(inner, secured.begin)

    # Ends.

    def _refuse(self, error: AlertError) -> None:
        log.debug("handshake refused reason=%s remote=%s", error.reason, self.remote[0])
        self.server.refusals[error.alert.name.lower()] += 1
        self._close(record(error.alert))

    def _refuse_plain(self) -> None:
        """There was no TLS."""
        last_words = self._plain(bytes(self._buffer))
        if last_words is not None:
            self.server.refusals["no_tls"] += 1
            self._close(last_words)

    def _fail(self, reason: str, last_words: bytes = b"") -> None:
        log.debug("handshake failed reason=%s remote=%s", reason, self.remote[0])
        self.server.refusals["failed_handshake"] += 1
        self._close(last_words)

    def _close(self, last_words: bytes) -> None:
        if self.transport is None:
            return
        if self.stage is not Stage.OVER:
            self._move(Stage.OVER)
        if last_words:
            self.transport.write(last_words)
        self.transport.close()

    # What the server calls.

    def expire(self) -> None:
        """The client was too slow."""
        log.debug("handshake too slow remote=%s", self.remote[0])
        self.server.refusals["slow_handshake"] += 1
        super().expire()
