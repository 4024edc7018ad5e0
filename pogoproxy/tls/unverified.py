"""TLS that asks clients for certificates and verifies none: the modes `request` and `require` of `client_auth`.

Python's `ssl` verifies whatever it asks for; pyOpenSSL leaves that to a callback. A request and its answer take it
13 µs where `ssl` takes 4, so it serves these modes alone. The two classes have as much of `ssl.SSLContext` and
`ssl.SSLObject` as is used, with their exceptions and their buffers in memory.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Sequence
from typing import ParamSpec, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL

P = ParamSpec("P")
T = TypeVar("T")

_RECORD = 16 * 1024
_VERSIONS = {ssl.TLSVersion.TLSv1_2: SSL.TLS1_2_VERSION, ssl.TLSVersion.TLSv1_3: SSL.TLS1_3_VERSION}


class UnverifiedContext:
    """Has clients asked for a certificate, and refuses those without one if it `is_required`."""

    def __init__(self, *, is_required: bool) -> None:
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_verify(
            SSL.VERIFY_PEER | (SSL.VERIFY_FAIL_IF_NO_PEER_CERT if is_required else 0), lambda *_: True
        )
        # OpenSSL builds a chain all the same; one of sixty certificates would cost it 5 ms for nothing.
        self._context.set_verify_depth(0)
        # No session is resumed: it would bring its certificate along, perhaps to another site.
        self._context.set_options(SSL.OP_NO_TICKET | SSL.OP_CIPHER_SERVER_PREFERENCE | SSL.OP_NO_COMPRESSION)
        # A client that renegotiates makes the server work for nothing (CVE-2011-1473).
        self._context.set_options(SSL.OP_NO_RENEGOTIATION)
        self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)

    def set_versions(self, lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> None:
        """The protocols that are spoken."""
        self._context.set_min_proto_version(_VERSIONS[lowest])
        self._context.set_max_proto_version(_VERSIONS[highest])

    def set_ciphers(self, ciphers: str) -> None:
        """See `ssl.SSLContext`."""
        self._context.set_cipher_list(ciphers.encode())

    def set_alpn_protocols(self, names: Sequence[str]) -> None:
        """See `ssl.SSLContext`; the first that is offered is taken."""
        known = [name.encode() for name in names]

        self._context.set_alpn_select_callback(
            lambda _, offered: next((name for name in known if name in offered), SSL.NO_OVERLAPPING_PROTOCOLS)
        )

    def load_cert_chain(self, path: str) -> None:
        """See `ssl.SSLContext`; ssl.SSLError if OpenSSL does not take it."""
        try:
            self._context.use_certificate_chain_file(path)
            self._context.use_privatekey_file(path)
        except SSL.Error as wrong:
            raise _error(wrong) from None

    def wrap_bio(self, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, *, server_side: bool) -> UnverifiedObject:
        """See `ssl.SSLContext`."""
        assert server_side
        return UnverifiedObject(SSL.Connection(self._context), incoming, outgoing)


class UnverifiedObject:
    """One connection."""

    session_reused = False

    def __init__(self, connection: SSL.Connection, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO) -> None:
        connection.set_accept_state()
        self._connection = connection
        self._incoming, self._outgoing = incoming, outgoing
        self._ahead = b""

    def do_handshake(self) -> None:
        """See `ssl.SSLObject`, as for all that follows."""
        self._do(self._connection.do_handshake)

    def read(self, count: int) -> bytes:
        data, self._ahead = self._ahead, b""
        return data or self._do(self._connection.recv, count)

    def pending(self) -> int:
        """pyOpenSSL does not tell of records that it has not decrypted; so the next one is."""
        if not self._ahead:
            try:
                self._ahead = self._do(self._connection.recv, _RECORD)
            except ssl.SSLWantReadError:
                return 0
            except ssl.SSLError:
                return 1  # the next read meets it again
        return len(self._ahead)

    def write(self, data: bytes | bytearray | memoryview[int]) -> None:
        self._do(self._connection.sendall, data)

    def unwrap(self) -> None:
        self._do(self._connection.shutdown)

    def selected_alpn_protocol(self) -> str:
        return self._connection.get_alpn_proto_negotiated().decode()

    def version(self) -> str:
        return self._connection.get_protocol_version_name()

    def cipher(self) -> tuple[str, ...] | None:
        name = self._connection.get_cipher_name()
        return None if name is None else (name,)

    def getpeercert(self, *, binary_form: bool) -> bytes | None:
        assert binary_form
        given = self._connection.get_peer_certificate(as_cryptography=True)
        return None if given is None else given.public_bytes(Encoding.DER)

    def _do(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Let OpenSSL have what arrived, and take from it what is to be sent."""
        if self._incoming.pending:
            self._connection.bio_write(self._incoming.read())
        try:
            return call(*args, **kwargs)
        except SSL.WantReadError:
            raise ssl.SSLWantReadError from None
        except SSL.ZeroReturnError:
            raise ssl.SSLZeroReturnError from None
        except SSL.Error as wrong:
            raise _error(wrong) from None
        finally:
            with contextlib.suppress(SSL.WantReadError):
                while True:
                    self._outgoing.write(self._connection.bio_read(_RECORD))


def _error(wrong: SSL.Error) -> ssl.SSLError:
    """The last of what OpenSSL queued is a row of library, function and reason."""
    error = ssl.SSLError(str(wrong))
    queued = wrong.args[0] if wrong.args else ()
    error.reason = queued[-1][-1] if isinstance(queued, list) and queued else str(wrong)
    return error
