"""Who may ask the admin API. Its port is local, but a page in the user's browser can reach local ports, too.

Against DNS rebinding the Host must be one of ours; against requests across sites so must the Origin, wherever the
browser says one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import HandlerError
from ..http.headers import HeaderList
from ..net import ListenAddress

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_EVERYWHERE = ("", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Guard:
    """`allowed` are hosts with their port, or whole origins; without `has_own_host` every Host is taken."""

    allowed: frozenset[str]
    has_own_host: bool
    is_origin_required: bool = False

    @classmethod
    def of(cls, address: ListenAddress, origins: Iterable[str] = (), *, enforce_origin: bool = False) -> Guard:
        """The guard of an API at this address. `origins` replace the names by which it is known on its own."""
        allowed = frozenset(origins) or frozenset(_names(address))
        return cls(allowed, address.host not in _EVERYWHERE and address.network != "unix", enforce_origin)

    def check(self, host: str, headers: HeaderList) -> None:
        """HandlerError (400, 403) if the request may come from a page that has no business here."""
        fields = {name.lower(): value.decode("latin-1") for name, value in headers}
        if "websocket" in fields.get(b"upgrade", ""):
            raise HandlerError(400, "WebSocket connections aren't allowed.")
        if "no-cors" in fields.get(b"sec-fetch-mode", ""):
            raise HandlerError(400, "Disabling same-origin restrictions is not allowed.")
        if fields.get(b"origin") == "null":
            raise HandlerError(400, "Buggy browser is sending null Origin header.")
        if self.has_own_host and host not in {_host(allowed) for allowed in self.allowed}:
            raise HandlerError(403, f"host not allowed: {host}")
        if self.is_origin_required or b"origin" in fields or b"sec-fetch-mode" in fields:
            self._check_origin(fields.get(b"origin") or fields.get(b"referer", ""))

    def _check_origin(self, origin: str) -> None:
        parts = urlsplit(origin)
        if not parts.netloc:
            raise HandlerError(403, "required Origin header is missing or invalid")
        if parts.netloc not in self.allowed and f"{parts.scheme}://{parts.netloc}" not in self.allowed:
            raise HandlerError(403, f"client is not allowed to access from origin '{origin}'")


def _names(address: ListenAddress) -> list[str]:
    hosts = _LOOPBACK if address.host in _LOOPBACK else (address.host,)
    return [f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}" for host in hosts]


def _host(allowed: str) -> str:
    return urlsplit(allowed).netloc if "//" in allowed else allowed
