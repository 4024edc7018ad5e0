"""What was agreed on in a handshake: for placeholders (`{http.request.tls.…}`), matchers and the access log."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from .hello import ClientHello
from .suites import iana_name

if TYPE_CHECKING:
    from .unverified import UnverifiedContext, UnverifiedObject

Context: TypeAlias = "ssl.SSLContext | UnverifiedContext"
"""How handshakes are done."""
Tls: TypeAlias = "ssl.SSLObject | UnverifiedObject"
"""OpenSSL's side of a connection."""

_VERSIONS = {"TLSv1.2": "tls1.2", "TLSv1.3": "tls1.3"}


class Session:
    """One connection's TLS, with OpenSSL's two buffers in memory: what arrived and what is to be sent."""

    def __init__(self, context: Context, hello: ClientHello) -> None:
        self.hello = hello
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls: Tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    @property
    def server_name(self) -> str:
        """See `TlsSession`."""
        return self.hello.server_name

    @property
    def alpn(self) -> str:
        """The protocol that was agreed on, or nothing."""
        return self.tls.selected_alpn_protocol() or ""

    @property
    def version(self) -> str:
        """`tls1.2` or `tls1.3`."""
        return _VERSIONS.get(self.tls.version() or "", "")

    @property
    def cipher_suite(self) -> str:
        """By its IANA name."""
        cipher = self.tls.cipher()
        return iana_name(cipher[0]) if cipher else ""

    @property
    def is_resumed(self) -> bool:
        """Whether the handshake was abbreviated."""
        return bool(self.tls.session_reused)

    @cached_property
    def client_certificate(self) -> bytes | None:
        """The client's certificate in DER, if it gave one."""
        return self.tls.getpeercert(binary_form=True)

    def get(self, field: str) -> object:
        """`{http.request.tls.<field>}`; None if there is no such."""
        if field.startswith("client."):
            from .client_certificate import field_of

            return field_of(self.client_certificate, field.removeprefix("client."))
        read = _FIELDS.get(field)
        return None if read is None else read(self)


_FIELDS: dict[str, Callable[[Session], object]] = {
    "version": lambda session: session.version,
    "cipher_suite": lambda session: session.cipher_suite,
    "resumed": lambda session: session.is_resumed,
    "proto": lambda session: session.alpn,
    "proto_mutual": lambda session: True,
    "server_name": lambda session: session.server_name,
    "ech": lambda session: False,
}
