"""Site addresses: `[scheme://][host][:port][/path]`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from ..adapt.network import join_host_port, split_host_port
from ..adapt.weak import integer

LONGEST = 4096
"""Characters of an address that Caddy looks at."""

_PLACEHOLDER = re.compile(r"(?<!\\)\{.*?(?<!\\)(?:\}|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A site address in its parts, each possibly empty. `host` has no brackets; `original` is as written."""

    original: str
    scheme: str = ""
    host: str = ""
    port: str = ""
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address, its host normalised; ValueError in Caddy's words if the port is none."""
        original = text[:LONGEST].strip()
        scheme, separator, rest = original.partition("://")
        if not separator:
            scheme, rest = "", original
        authority, slash, path = rest.partition("/")
        host, port = _host_and_port(authority)
        _check(port)
        return cls(original, lower(scheme), lower(_normal(host.strip())), port, slash + path)

    def __str__(self) -> str:
        """Caddy's readable form, with a scheme; the scheme's own port is left out."""
        if not self.host and not self.port:
            return ""
        scheme = self.scheme or ("https" if self.port == "443" else "http")
        own_port = {"http": "80", "https": "443"}.get(scheme, self.port)
        host = join_host_port(self.host, self.port) if self.port and self.port != own_port else self.host
        return f"{scheme}://{host}{self.path}"


def _host_and_port(authority: str) -> tuple[str, str]:
    for candidate in (authority, f"{authority}:"):
        try:
            return split_host_port(candidate)
        except ValueError:
            pass
    return authority, ""


def _check(port: str) -> None:
    if not port:
        return
    try:
        number = integer(port)
    except ValueError as wrong:
        raise ValueError(f"invalid port '{port}': {wrong}") from None
    if not 0 <= number <= 65535:
        raise ValueError(f"port {number} is out of range")


def _normal(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host)
    except ValueError:
        return host
    return host if address.ipv4_mapped else str(address)


def lower(text: str) -> str:
    """In lower case, except for placeholders, whose names are case-sensitive."""
    end = 0
    pieces = []
    for found in _PLACEHOLDER.finditer(text):
        pieces += [text[end : found.start()].lower(), found[0]]
        end = found.end()
    return "".join(pieces) + text[end:].lower()


def specificity(text: str) -> int:
    """The length in bytes without wildcards and placeholders: how few hosts or paths a pattern is for."""
    return len(re.sub(r"\{.*?\}", "", text, flags=re.DOTALL).replace("*", "").encode())
