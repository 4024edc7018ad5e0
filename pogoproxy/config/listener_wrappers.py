"""Guests of a server: what stands between its sockets and its protocol, and which proxies it trusts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from ..adapt.adaptation import Adaptation
from ..caddyfile.cursor import Cursor
from ..caddyfile.syntax import Row, duration, read_block
from ..errors import ConfigError
from ..http.announced import DEFAULT_TIMEOUT, Judge, Preface, Trust
from ..http.ip_ranges import in_ranges
from ..http.server import Entrance, Server
from ..matchers.ip_ranges import written_out
from ..module import Duration, Module
from ..tls.plain_http import Answer, redirected, refused
from ..units import seconds

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

    def judge(self) -> Judge:
        """Whom to trust; ConfigError for a range that is none."""
        allowed, denied = in_ranges(self.allow), in_ranges(self.deny)
        name = self.fallback_policy.upper() or Trust.IGNORE.name
        if name not in Trust.__members__:
            raise ConfigError(f"fallback_policy {self.fallback_policy!r} is none of {', '.join(Trust.__members__)}")
        fallback = Trust[name]

        def judged(address: str) -> Trust:
            if address == "@":
                return Trust.USE
            return Trust.REJECT if denied(address) else Trust.USE if allowed(address) else fallback

        return judged


PROXY_PROTOCOL = {
    "timeout": Row("timeout", duration),
    "allow": Row("allow", Cursor.texts, adds=True),
    "deny": Row("deny", Cursor.texts, adds=True),
    "fallback_policy": Row("fallback_policy", _policy),
}


Wrappers = tuple[ListenerWrapper, ...]


def check_order(wrappers: Wrappers, *, is_secure: bool) -> None:
    """ConfigError if what must see the bytes of the socket would see those inside TLS."""
    names = [wrapper.module_id().rpartition(".")[2] for wrapper in wrappers]
    if not is_secure:
        return
    before = names[: names.index("tls")] if "tls" in names else []
    for name in names:
        if name != "tls" and name not in before:
            raise ConfigError(f"listener wrapper {name} must stand before tls", path="listener_wrappers")


def entrance(wrappers: Wrappers, secure: Callable[[Answer], Entrance] | None) -> Entrance | None:
    """What a new connection meets first; None if that is HTTP. `secure` makes TLS, with what plain HTTP is told."""
    redirect = next((one for one in wrappers if isinstance(one, HttpRedirect)), None)
    found: Entrance | None = None
    if secure is not None:
        found = secure(redirected(redirect.max_header_bytes) if redirect else refused)
    for wrapper in wrappers:
        if isinstance(wrapper, ProxyProtocol):
            judge, timeout = wrapper.judge(), seconds(wrapper.timeout) or DEFAULT_TIMEOUT
            following = found or Server.protocol
            return lambda server: Preface(server, judge, timeout, following)
    return found


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
