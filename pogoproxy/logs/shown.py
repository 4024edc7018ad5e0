"""A request and header fields as log entries show them: Caddy's keys; credentials are hidden unless asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ..adapt.fields import canonical
from ..http.exchange import Exchange
from ..http.headers import HeaderList
from .handshake import handshake

Fields = dict[str, tuple[str, ...]]

_CREDENTIALS = frozenset({"Cookie", "Set-Cookie", "Authorization", "Proxy-Authorization"})
"""What the Fetch standard calls credentials (fetch.spec.whatwg.org/#credentials), as Caddy has them."""

_HIDDEN = ("REDACTED",)

_LONG = 256
"""Bytes of a value that is not remembered, so that nobody can fill the memory with fields that come once."""

_Pair = tuple[bytes, bytes]


def request(exchange: Exchange, *, credentials: bool) -> dict[str, Any]:
    """The request as it came, whatever handlers have made of it."""
    host, headers = exchange.as_received or (exchange.host, exchange.headers)
    address, port = exchange.remote
    fields = header(headers, credentials=credentials)
    fields.pop("Host", None)  # it has a key of its own
    shown: dict[str, Any] = {
        "remote_ip": address,
        "remote_port": str(port) if port else "",
        "client_ip": exchange.client_ip,
        "proto": _PROTOCOLS.get(exchange.version, "HTTP/1.1"),
        "method": exchange.original_method,
        "host": host,
        "uri": exchange.target,
        "headers": fields,
    }
    if exchange.body.length is None and exchange.version == (1, 1):
        shown["transfer_encoding"] = ("chunked",)
    if exchange.tls is not None:
        shown["tls"] = handshake(exchange.tls)
    return shown


_PROTOCOLS = {(1, 0): "HTTP/1.0", (1, 1): "HTTP/1.1", (2, 0): "HTTP/2.0", (3, 0): "HTTP/3.0"}


def header(headers: HeaderList, *, credentials: bool) -> Fields:
    """The values by canonical name; fields that clients and sites repeat are put into words once."""
    known = _open if credentials else _discreet
    fields = dict([known(pair) if len(pair[1]) < _LONG else _words(pair, credentials) for pair in headers])
    return fields if len(fields) == len(headers) else _gathered(headers, credentials)


def _words(pair: _Pair, credentials: bool) -> tuple[str, tuple[str, ...]]:
    name = canonical(pair[0].decode("latin-1"))
    if name in _CREDENTIALS and not credentials:
        return name, _HIDDEN
    return name, (pair[1].decode("utf-8", "replace"),)


@lru_cache(512)
def _open(pair: _Pair) -> tuple[str, tuple[str, ...]]:
    return _words(pair, True)


@lru_cache(512)
def _discreet(pair: _Pair) -> tuple[str, tuple[str, ...]]:
    return _words(pair, False)


def _gathered(headers: HeaderList, credentials: bool) -> Fields:
    """The same where a name is repeated."""
    fields: Fields = {}
    for pair in headers:
        name, values = _words(pair, credentials)
        fields[name] = values if values is _HIDDEN else fields.get(name, ()) + values
    return fields
