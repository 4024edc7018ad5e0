"""Guests of a server: what stands between its sockets and its protocol, and which proxies it trusts."""

from __future__ import annotations

from typing import ClassVar

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, read_block
from ..matchers.ip_ranges import written_out
from ..module import Duration, Module

FALLBACK_POLICIES = ("ignore", "use", "reject", "require", "skip")


class ListenerWrapper(Module, frozen=True, tag_field="wrapper"):
    """Wraps a listener."""

    NAMESPACE: ClassVar[str] = "caddy.listeners"


class PacketConnWrapper(Module, frozen=True, tag_field="wrapper"):
    """Wraps a socket for datagrams."""

    NAMESPACE: ClassVar[str] = "caddy.packetconns"


class HttpRedirect(ListenerWrapper, frozen=True, tag="http_redirect"):
    """Answers HTTP on an HTTPS port by a redirection."""

    max_header_bytes: int = 0

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> HttpRedirect:
        """It has no arguments."""
        cursor.finish_line()
        return cls()


class TLSPlaceholder(ListenerWrapper, frozen=True, tag="tls"):
    """Marks where TLS is among the wrappers."""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> TLSPlaceholder:
        """It has no arguments."""
        cursor.finish_line()
        return cls()


def _policy(cursor: Cursor) -> str:
    word = cursor.word()
    if word.text.lower() not in FALLBACK_POLICIES:
        raise word.error("invalid policy")
    return word.text.upper()


class ProxyProtocol(ListenerWrapper, frozen=True, tag="proxy_protocol"):
    """Takes the client's address from the PROXY protocol, from these addresses only."""

    timeout: Duration = 0
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    fallback_policy: str = ""

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> ProxyProtocol:
        """The block."""
        cursor.finish()
        return cls(**read_block(cursor, PROXY_PROTOCOL))


PROXY_PROTOCOL = {
    "timeout": Row("timeout", duration),
    "allow": Row("allow", Cursor.texts, adds=True),
    "deny": Row("deny", Cursor.texts, adds=True),
    "fallback_policy": Row("fallback_policy", _policy),
}


class IPSource(Module, frozen=True, tag_field="source"):
    """Where the ranges of trusted proxies come from."""

    NAMESPACE: ClassVar[str] = "http.ip_sources"


class StaticRanges(IPSource, frozen=True, tag="static"):
    """Ranges that are written down."""

    ranges: tuple[str, ...] = ()

    @classmethod
    def syntax(cls, cursor: Cursor, adaptation: Adaptation) -> StaticRanges:
        """The ranges."""
        return cls(ranges=written_out(cursor.texts()))
