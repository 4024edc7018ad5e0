"""The way to a target, where it is not the same for all requests: through a network proxy, announced for a client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..http.exchange import Exchange
from ..http.placeholders import Template
from . import proxy_protocol
from .network_proxy import NetworkProxy
from .target import Address

FindProxy = Callable[[Exchange | None, Address, bool], NetworkProxy | None]
"""The network proxy for a request to an address, which is spoken to in private or not; no request is a health check's.

ConfigError if what a request makes of the configured URL is none.
"""


@dataclass(frozen=True, slots=True)
class Way:
    """A connection that was made one way serves no request that goes another."""

    proxy: NetworkProxy | None = None
    announcement: bytes = b""
    """What the upstream hears before anything else."""
    is_tunnel: bool = False
    """Whether the proxy is asked for a connection rather than to pass requests on."""
    server_name: str = ""
    """Whom to expect by TLS, in place of whom the config names."""

    def told(self, head: bytes, address: Address) -> bytes:
        """A request's head as the next hop must see it: a proxy that passes requests on needs an absolute target."""
        if self.proxy is None or self.is_tunnel:
            return head
        method, _, rest = head.partition(b" ")
        first, end, fields = rest.partition(b"\r\n")
        return b"%b http://%b%b%b%b%b" % (method, str(address).encode(), first, end, self.proxy.credentials(), fields)


@dataclass(frozen=True, slots=True)
class Ways:
    """Finds the way. `version` is the PROXY protocol's, `v1` or `v2`, or empty."""

    find_proxy: FindProxy = lambda exchange, address, is_private: None
    version: str = ""
    find_server_name: Template | None = None

    def __call__(self, exchange: Exchange | None, address: Address, *, is_private: bool) -> Way:
        """The way of one request, or of a health check."""
        proxy = None if address.path else self.find_proxy(exchange, address, is_private)
        client = "" if exchange is None else exchange.client_ip
        announcement = proxy_protocol.header(self.version, client) if self.version else b""
        # A header for the upstream must not end up in a proxy that passes requests on.
        is_tunnel = proxy is not None and (is_private or proxy.is_socks or announcement != b"")
        name = "" if exchange is None or self.find_server_name is None else self.find_server_name(exchange)
        return Way(proxy, announcement, is_tunnel, name)
