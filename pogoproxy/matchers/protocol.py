"""`protocol http|https|grpc|http/<version>[+]`: the request's protocol."""

from __future__ import annotations

from collections.abc import Sequence

from ..adapt.matchers import MatcherReader
from ..caddyfile.cursor import Cursor
from ..errors import ConfigError
from ..http.exchange import Exchange, Predicate
from ..http.headers import find
from ..module import Context, MatcherModule


def syntax(lines: Sequence[Cursor], reader: MatcherReader) -> str:
    """The protocol of the last line."""
    for line in lines:
        if line.remaining != 1:
            raise line.error("expected exactly one protocol")
    return [line.text() for line in lines][-1]


def provision(protocol: str, context: Context) -> Predicate:
    """Whether the request came by it; ConfigError for a protocol that is none."""
    if protocol == "grpc":
        return lambda exchange: (find(exchange.headers, b"content-type") or b"").startswith(b"application/grpc")
    if protocol in ("http", "https"):
        return lambda exchange: (exchange.scheme == "https") == (protocol == "https")
    or_later = protocol.endswith("+")
    version = _VERSIONS.get(protocol.removesuffix("+"))
    if version is None:
        raise ConfigError(f"protocol {protocol!r} is none of http, https, grpc, http/1.0, http/1.1, http/2, http/3")

    def predicate(exchange: Exchange) -> bool:
        return exchange.version >= version if or_later else exchange.version == version

    return predicate


_VERSIONS = {"http/1.0": (1, 0), "http/1.1": (1, 1), "http/2": (2, 0), "http/3": (3, 0)}


MATCHER = MatcherModule("protocol", str, syntax, provision)
