"""The head that goes upstream: hop-by-hop fields stripped, X-Forwarded-* and Via added (Caddy's reverse_proxy).

These fields are security sensitive: what a client says in them counts only if the client is a trusted proxy.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from ..http.exchange import Exchange
from ..http.headers import FRAMING, HOP_BY_HOP, HeaderList, Written, find_all, head, tokens

_VIAS = {version: (b"Via", b"%d.%d pogoproxy" % version) for version in ((1, 0), (1, 1), (2, 0), (3, 0))}

_NOT_COPIED = HOP_BY_HOP | FRAMING | {b"host", b"expect", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}
"""`Expect` is ours: the client is told to go on when its body is read."""

_ORDINARY = frozenset({b"close", b"keep-alive"})
"""What Connection may say without naming a field."""

_UNSAFE = re.compile(r"[^!-~]")
"""What may not stand in a request line; a rewrite may have put decoded data into the URI."""


_MOST = 8
"""Clients whose forwarded fields are remembered beside each other, where all send the same head."""


def forwarded(exchange: Exchange, *, trusted: bool = False) -> HeaderList:
    """The fields that go upstream, `Host` first, without framing; not to be changed in place.

    `trusted` peers may speak for their client.
    """
    memory, trusted = exchange.memory, trusted or exchange.trusted
    if memory is None:
        return _forwarded(exchange, trusted=trusted)
    made_of = (tuple(exchange.headers), exchange.host, exchange.remote[0], exchange.scheme, exchange.version, trusted)
    found = memory.get(made_of)
    if found is None:
        found = Written(_forwarded(exchange, trusted=trusted))
        if len(memory) < _MOST:
            memory[made_of] = found
    return found


def _forwarded(exchange: Exchange, *, trusted: bool) -> HeaderList:
    host = exchange.host.encode(errors="surrogateescape")
    kept: HeaderList = [(b"Host", host)]
    dropped: HeaderList = []
    for pair in exchange.headers:
        lowered = pair[0].lower()
        if lowered not in _NOT_COPIED:
            kept.append(pair)
        elif lowered != b"host":
            dropped.append(pair)
    if dropped:
        kept = _honour_connection(kept, dropped)
    kept += _forwarded_fields(exchange, host, dropped if trusted else [])
    kept.append(_VIAS[exchange.version])
    return kept


def _honour_connection(kept: HeaderList, dropped: HeaderList) -> HeaderList:
    """Drop what Connection names, and say again what an upgrade or trailers need.

    It runs before any field of ours is added, so a client cannot have ours deleted by naming them.
    """
    named = tokens(find_all(dropped, b"connection")) - _ORDINARY
    if named:
        kept = [kept[0], *(pair for pair in kept[1:] if pair[0].lower() not in named)]
    if b"trailers" in tokens(find_all(dropped, b"te")):
        kept.append((b"TE", b"trailers"))
    protocol = upgrade_of(dropped)
    if protocol:
        kept += [(b"Connection", b"Upgrade"), (b"Upgrade", protocol)]
    return kept


def upgrade_of(headers: HeaderList) -> bytes:
    """The protocol that a request asks to switch to, or nothing.

    `h2c` is never passed on: an upstream that takes it would hear requests that we have not seen (h2c smuggling).
    """
    if b"upgrade" not in tokens(find_all(headers, b"connection")):
        return b""
    protocols = b", ".join(find_all(headers, b"upgrade"))
    return b"" if b"h2c" in tokens([protocols]) else protocols


def _forwarded_fields(exchange: Exchange, host: bytes, told: HeaderList) -> HeaderList:
    """X-Forwarded-For, -Proto and -Host; `told` is what a trusted peer says of its client."""
    peer = b"" if exchange.remote[0] == "@" else exchange.remote[0].partition("%")[0].encode()
    proto = b"https" if exchange.scheme == "https" else b"http"
    if told:
        peer = b", ".join([value for value in (*find_all(told, b"x-forwarded-for"), peer) if value])
        proto = _last(told, b"x-forwarded-proto") or proto
        host = _last(told, b"x-forwarded-host") or host
    fields = [(b"X-Forwarded-Proto", proto), (b"X-Forwarded-Host", host)]
    return [(b"X-Forwarded-For", peer), *fields] if peer else fields if told else []


def _last(headers: HeaderList, lowered: bytes) -> bytes | None:
    found = find_all(headers, lowered)
    return found[-1] if found else None


def request_head(method: str, uri: str, headers: HeaderList, length: int | None) -> bytes:
    """The bytes of the head, with the framing for a body of `length` bytes, or of unknown length."""
    if _UNSAFE.search(uri):
        uri = _UNSAFE.sub(lambda found: quote(found[0], safe="", errors="surrogateescape"), uri)
    first = f"{method or 'GET'} {uri} HTTP/1.1\r\n".encode()
    if length is None:
        return head(first, headers) + b"Transfer-Encoding: chunked\r\n\r\n"
    if length or method in ("POST", "PUT", "PATCH"):
        return head(first, headers) + b"Content-Length: %d\r\n\r\n" % length
    return head(first, headers) + b"\r\n"
