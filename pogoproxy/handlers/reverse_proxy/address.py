"""Addresses of upstreams as the Caddyfile has them.

`host`, `:port`, `host:port`, `host:8000-8010`, `unix//path`, `unix+h2c//path`, a placeholder in any place, or a URL
of scheme, host and port: `https://host`, `h2c://host:port`. The scheme says how to speak, so it belongs to the
transport; what is dialed is host and port.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ...adapt.network import NetworkAddress, is_socket_path, join_host_port, split_host_port, split_network_address
from ...caddyfile.tree import Word

PORTS = {"": "80", "http": "80", "h2c": "80", "https": "443"}
"""The port that a scheme stands for."""

_CONFLICTS = {("http", "443"): "HTTPS", ("https", "80"): "HTTP", ("h2c", "443"): "HTTPS"}
_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"[^\x00-\x20\x7f%\\^`{|}]*")
_PORT = re.compile(r"[0-9]*|[0-9]+-[0-9]+")
_BROWSER_SCHEMES = {"ws": "http", "wss": "https"}


@dataclass(frozen=True, slots=True)
class Address:
    """One upstream address. `port` may be a range or have a placeholder; it is empty for a socket's path."""

    scheme: str = ""
    network: str = ""
    host: str = ""
    port: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """ValueError, in Caddy's words, for what is no address of an upstream."""
        if "://" in text:
            return _of_url(text)
        try:
            network, host, port = split_network_address(text)
        except ValueError:
            network, host, port = "", text, ""
        if not port and "{" not in host and not is_socket_path(network):
            port = PORTS[""]
        if network == "unix+h2c":
            return cls("h2c", "unix", host)
        return cls("", network, host, port)

    def dials(self) -> list[str]:
        """What to dial, one for each port of a range; ValueError if it is no network address."""
        if "{" in self.port and "}" in self.port:
            return [str(self)]
        parsed = NetworkAddress.parse(str(self))
        if is_socket_path(self.network) or "-" not in self.port:
            return [str(self)]
        return [join_host_port(parsed.host, str(port)) for port in range(parsed.start, parsed.end + 1)]

    def __str__(self) -> str:
        if is_socket_path(self.network):
            return f"{self.network}/{self.host}"
        joined = join_host_port(self.host, self.port) if self.port or "{" not in self.host else self.host
        return f"{self.network}/{joined}" if self.network else joined


def _of_url(text: str) -> Address:
    if "{" in text:
        raise ValueError(
            "due to parsing difficulties, placeholders are not allowed when an upstream address contains a scheme"
        )
    found = _URL.fullmatch(text)
    if not found:
        raise ValueError(f'parsing upstream URL: parse "{text}": the scheme is malformed')
    if found["rest"].rstrip("?#"):
        raise ValueError("for now, URLs for proxy upstreams only support scheme, host, and port components")
    scheme = found["scheme"].lower()
    host, port = _host_and_port(found["authority"].rpartition("@")[2], text)
    if other := _CONFLICTS.get((scheme, port)):
        raise ValueError(f"upstream address has conflicting scheme ({scheme}://) and port (:{port}, the {other} port)")
    return Address(scheme, "", host, port or PORTS.get(scheme, ""))


def _host_and_port(authority: str, text: str) -> tuple[str, str]:
    if not re.search(r":[^:\]]*$", authority):
        authority += ":"
    try:
        host, port = split_host_port(authority)
        if authority.startswith("["):
            host = host.replace("%25", "%", 1)
            ipaddress.IPv6Address(host)
        elif not _HOST.fullmatch(host):
            raise ValueError("invalid character in host name")
        if not _PORT.fullmatch(port):
            raise ValueError(f'invalid port "{port}"')
    except ValueError as wrong:
        raise ValueError(f'parsing upstream URL: parse "{text}": {wrong}') from None
    return host, port


@dataclass(frozen=True, slots=True)
class Upstreams:
    """The upstreams of one proxy: how they are spoken to, all alike since they share a transport, and what to dial."""

    scheme: str = ""
    dials: tuple[str, ...] = ()

    @classmethod
    def of(cls, words: Iterable[Word]) -> Upstreams:
        """ConfigError at an address that is malformed, or whose scheme does not fit those before it."""
        found = cls()
        for word in words:
            try:
                address = Address.parse(word.text)
                found = cls(_agreed(found.scheme, address.scheme), (*found.dials, *address.dials()))
            except ValueError as wrong:
                raise word.error(f"parsing upstream '{word.text}': {wrong}") from None
        return found


def _agreed(before: str, scheme: str) -> str:
    """The scheme of an address after others. An empty one agrees with all that follow it, but with none before it."""
    if instead := _BROWSER_SCHEMES.get(scheme):
        raise ValueError(f"the scheme {scheme}:// is only supported in browsers; use {instead}:// instead")
    if scheme not in PORTS:
        raise ValueError(f"unsupported URL scheme {scheme}://")
    if before not in ("", scheme):
        raise ValueError(
            "for now, all proxy upstreams must use the same scheme (transport protocol);"
            f" expecting '{before}://' but got '{scheme}://'"
        )
    return scheme
