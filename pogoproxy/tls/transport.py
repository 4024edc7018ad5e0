"""A TLS connection: for the socket's transport a protocol, for HTTP a transport.

What OpenSSL reads and writes are two buffers in memory; nothing here waits. Back-pressure is that of the socket's
transport, whose buffer all records go to.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Iterable
from typing import Any

from .session import Session

_RECORD = 16 * 1024
"""The most that one record holds (RFC 8446 section 5.1), and so one read gives."""


class Secured(asyncio.Transport, asyncio.Protocol):
    """Between a transport whose handshake is done and the protocol that was agreed on."""

    def __init__(
        self,
        raw: asyncio.Transport,
        session: Session,
        inner: asyncio.Protocol,
        extra: dict[str, object] | None = None,
    ) -> None:
        """`extra` is what `get_extra_info` need not ask of the socket's transport."""
        super().__init__({"tls": session, **(extra or {})})
        self._raw = raw
        self._session = session
        self._tls = session.tls
        self._incoming, self._outgoing = session.incoming, session.outgoing
        self._held = self._outgoing.pending
        """Bytes of tickets, which travel with the first answer: a system call less for each connection."""
        self._inner = inner
        self._is_paused = False
        self._is_closing = False

    def begin(self) -> None:
        """Make the connection known inside, and pass on what came together with the end of the handshake."""
        self._raw.set_protocol(self)
        if self._session.version != "tls1.3":
            self._flush()  # before 1.3 it is the server that has the last word of a handshake
        self._inner.connection_made(self)
        self._pump()

    # The protocol's side

    def data_received(self, data: bytes) -> None:
        """Decrypt."""
        self._incoming.write(data)
        self._pump()

    def _pump(self) -> None:
        """Pass on what can be read, until the inside wants no more."""
        try:
            while not self._is_paused and not self._is_closing and (self._incoming.pending or self._tls.pending()):
                data = self._tls.read(_RECORD)
                if not data:
                    return self._peer_ended()
                self._inner.data_received(data)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            return self._peer_ended()
        except ssl.SSLError:
            self._flush()  # OpenSSL's alert
            return self.abort()
        if self._outgoing.pending > self._held:  # the answer to a key update
            self._flush()
        return None

    def _peer_ended(self) -> None:
        if not self._inner.eof_received():
            self.close()

    def eof_received(self) -> bool:
        """The end without a close_notify is an end, too: HTTP's own framing tells whether anything is missing."""
        if self._is_closing:
            return False
        if not self._inner.eof_received():
            self.close()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on."""
        self._is_closing = True
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        """Pass it on."""
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self._inner.resume_writing()

    # The transport's side

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        """Encrypt and send."""
        if self._is_closing or not data:
            return
        self._tls.write(data)
        self._flush()

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview[int]]) -> None:
        """Encrypt in as few records as can be, and send."""
        self.write(b"".join(list_of_data))

    def _flush(self) -> None:
        self._held = 0
        self._raw.write(self._outgoing.read())

    def can_write_eof(self) -> bool:
        """TLS 1.2 cannot half-close, so that nobody relies on it."""
        return False

    def close(self) -> None:
        """Say so (close_notify) and close."""
        if self._is_closing:
            return
        self._is_closing = True
        with contextlib.suppress(ssl.SSLError):
            self._tls.unwrap()
        if self._outgoing.pending:
            self._flush()
        self._raw.close()

    def abort(self) -> None:
        """Close at once."""
        self._is_closing = True
        self._raw.abort()

    def is_closing(self) -> bool:
        """Whether nothing more is sent."""
        return self._is_closing or self._raw.is_closing()

    def pause_reading(self) -> None:
        """Pass nothing on; the socket is not read either."""
        self._is_paused = True
        self._raw.pause_reading()

    def resume_reading(self) -> None:
        """Go on with what has arrived already, then with the socket."""
        if self._is_paused and not self._is_closing:
            self._is_paused = False
            asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        self._pump()
        # Not before, or the socket would be read once for each pause, and what waits here would grow without bound.
        if not self._is_paused and not self._is_closing:
            self._raw.resume_reading()

    def is_reading(self) -> bool:
        """Whether it is not paused."""
        return not self._is_paused

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Have another protocol inside."""
        assert isinstance(protocol, asyncio.Protocol)
        self._inner = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol inside."""
        return self._inner

    def get_write_buffer_size(self) -> int:
        """Bytes that the client has not taken."""
        return self._raw.get_write_buffer_size()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When writing is paused."""
        self._raw.set_write_buffer_limits(high, low)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """`tls` is the `Session`; else what is known, or what the socket's transport says."""
        known = super().get_extra_info(name)
        return self._raw.get_extra_info(name, default) if known is None else known
