"""Challenges in a storage, so that whichever server of those that share it is asked can answer, Caddy among them.

`acme/<issuer>/challenge_tokens/<name>.json`; the name is that by which the authority asks.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
from collections.abc import Iterator

import msgspec

from ...errors import RuntimeFault
from ..keeping.files import FileStorage, safe
from .names import challenge_server_name

log = logging.getLogger(__name__)

HTTP, TLS_ALPN = "http-01", "tls-alpn-01"


class _Identifier(msgspec.Struct, frozen=True):
    type: str = ""
    value: str = ""


class Offered(msgspec.Struct, frozen=True, rename="camel"):
    """A challenge that some server wants answered (RFC 8555 section 8), and the key authorization that proves it."""

    type: str
    token: str
    key_authorization: str
    url: str = ""
    status: str = "pending"
    identifier: _Identifier = _Identifier()

    def answers(self, token: str) -> bool:
        """Whether it is the HTTP-01 challenge of that token."""
        return self.type == HTTP and hmac.compare_digest(self.token.encode(), token.encode())


class SharedChallenges:
    """Those of one issuer; methods block."""

    def __init__(self, storage: FileStorage, issuer: str) -> None:
        self._storage = storage
        self._prefix = f"acme/{safe(issuer)}/challenge_tokens"

    @contextlib.contextmanager
    def offered(self, kind: str, name: str, token: str, key_authorization: str) -> Iterator[None]:
        """Let others answer it meanwhile. If that cannot be, we are alone."""
        key = self._key(challenge_server_name(name) if kind == TLS_ALPN else name)
        identifier = _Identifier("dns" if challenge_server_name(name) == name else "ip", name)
        blob = msgspec.json.encode(Offered(kind, token, key_authorization, identifier=identifier))
        try:
            self._storage.store(key, blob)
        except RuntimeFault as error:
            log.warning("challenge not shared name=%s error=%s", name, error)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                self._storage.delete(key)

    def find(self, name: str) -> Offered | None:
        """What some server offers for the name, by which the authority has asked us."""
        try:
            blob = self._storage.load(self._key(name))
            return msgspec.json.decode(blob, type=Offered) if blob else None
        except (RuntimeFault, msgspec.MsgspecError) as error:
            log.warning("shared challenge unusable name=%s error=%s", name, error)
            return None

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{safe(name)}.json"
