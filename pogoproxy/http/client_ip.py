"""Who the client is: the peer, or whom trusted proxies in front of us say they speak for.

By default nobody is trusted. A trusted peer's X-Forwarded-For is taken from the left, as most proxies write the
client first, or, strictly, from the right: the last address that is not itself a trusted proxy's. Only the strict way
is safe behind proxies that add to what the client sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

from .exchange import Endpoint, Exchange
from .headers import find_all


@dataclass(frozen=True, slots=True)
class Trust:
    """Which peers are trusted proxies, and which of their header fields name the client."""

    is_proxy: Callable[[str], bool]
    headers: Sequence[str] = ("X-Forwarded-For",)
    strict: bool = False
    unix: bool = False
    """Whether whoever connects over a Unix socket is trusted."""

    def before(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint for exchanges whose client is known."""
        fields = [name.lower().encode() for name in self.headers]

        def enter(exchange: Exchange) -> Awaitable[None]:
            peer = exchange.remote[0]
            if self.unix if peer == "@" else self.is_proxy(peer):
                exchange.trusted = True
                told = [value for field in fields for value in find_all(exchange.headers, field)]
                exchange.client_ip = self.client(b",".join(told).decode(errors="replace"), peer)
            return endpoint(exchange)

        return enter

    def client(self, told: str, peer: str) -> str:
        """The client's address from what the proxies say; the peer's own if they say nothing of use."""
        addresses = [_address(part) for part in told.split(",")]
        if not self.strict:
            return next((address for address in addresses if address), peer)
        for address in reversed(addresses):
            if not address:
                break
            if not self.is_proxy(address):
                return address
        return peer


def _address(text: str) -> str:
    """An address without port and brackets; nothing if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    return text
