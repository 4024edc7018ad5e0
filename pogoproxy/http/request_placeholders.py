"""What each placeholder means for a request (caddyserver.com/docs/json/apps/http, "Placeholders").

`getter(name)` finds the meaning once. A name that is in no table may be set for a request by a handler or a matcher
(`http.regexp.*`, the destinations of `map`), so it is looked up among the exchange's values.
"""

from __future__ import annotations

import ipaddress
import os
import posixpath
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from urllib.parse import quote_plus, unquote_plus

from ..units import format_duration
from .exchange import Exchange
from .headers import find_all, joined
from .proxy_placeholders import received, upstream
from .query import values
from .system_placeholders import SYSTEM

Getter = Callable[[Exchange], object]
"""None where the placeholder is unknown for this request."""


TextGetter = Callable[[Exchange], str]


def text_getter(name: str) -> TextGetter | None:
    """The meaning of a placeholder that is a text for all requests, and unknown for none; None for others."""
    return _TEXTS.get(name.removeprefix("http.request.")) if name.startswith("http.request.") else None


def getter(name: str) -> Getter:
    """The meaning of a placeholder's name."""
    exact = _EXACT.get(name)
    if exact is not None:
        return exact
    for prefix, make in _PREFIXED:
        if name.startswith(prefix):
            return make(name[len(prefix) :])
    return _set_for_the_request(name)


@dataclass(frozen=True, slots=True)
class Deferred:
    """A value among `Exchange.values` that is worked out when somebody asks for it."""

    of: Getter


def _set_for_the_request(name: str) -> Getter:
    def get(exchange: Exchange) -> object:
        value = exchange.values.get(name)
        return value.of(exchange) if type(value) is Deferred else value

    return get


@lru_cache(256)
def split_host(hostport: str) -> tuple[str, str]:
    """Host without brackets, and port or nothing."""
    if hostport.startswith("["):
        host, _, rest = hostport[1:].partition("]")
        return host, rest[1:] if rest.startswith(":") else ""
    host, _, port = hostport.rpartition(":")
    return (host, port) if host and ":" not in host else (hostport, "")


def _header(name: str) -> Getter:
    lowered = name.lower().encode()
    if lowered == b"host":
        return lambda exchange: exchange.host
    return lambda exchange: joined(exchange.headers, lowered)


def _response_header(name: str) -> Getter:
    lowered = name.lower().encode()
    return lambda exchange: joined(exchange.response_headers, lowered)


def cookies(exchange: Exchange) -> dict[str, str]:
    """The request's cookies; of a repeated name the first counts, as in Go's net/http."""
    found: dict[str, str] = {}
    for line in find_all(exchange.headers, b"cookie"):
        for pair in line.decode(errors="surrogateescape").split(";"):
            name, equals, value = pair.strip().partition("=")
            if equals and _COOKIE_VALUE.fullmatch(plain := value.removeprefix('"').removesuffix('"')):
                found.setdefault(name, plain)
    return found


_COOKIE_VALUE = re.compile(r"[ !#-:<-\[\]-~]*")
"""What RFC 6265 section 4.1.1 allows, with the blanks and commas that browsers send."""


def _cookie(name: str) -> Getter:
    return lambda exchange: cookies(exchange).get(name, "")


def _query_value(key: str) -> Getter:
    return lambda exchange: ",".join(values(exchange.query, key))


def _label(number: str) -> Getter:
    """Labels count from the right: 0 is the top-level domain."""
    index = int(number) if number.isdigit() else -1

    def get(exchange: Exchange) -> str | None:
        labels = split_host(exchange.host)[0].split(".")
        return labels[-1 - index] if 0 <= index < len(labels) else "" if index >= 0 else None

    return get


def _path_part(number: str) -> Getter:
    index = int(number) if number.isdigit() else -1

    def get(exchange: Exchange) -> str | None:
        parts = exchange.path.removeprefix("/").split("/")
        return parts[index] if 0 <= index < len(parts) else "" if index >= 0 else None

    return get


def _masked(bits: str) -> Getter:
    """`24` or `24,64`: the peer's network of that size, for IPv4 and IPv6."""
    for_v4, _, for_v6 = bits.partition(",")

    def get(exchange: Exchange) -> str:
        try:
            address = ipaddress.ip_address(exchange.remote[0])
            return str(ipaddress.ip_network((address, int(for_v4 if address.version == 4 else for_v6)), strict=False))
        except ValueError:
            return ""

    return get


def _file_content(path: str) -> Getter:
    def get(_: Exchange) -> str:
        try:
            return Path(path).read_text(errors="surrogateescape").rstrip("\r\n")
        except OSError:
            return ""

    return get


def _tls(field: str) -> Getter:
    return lambda exchange: "" if exchange.tls is None else exchange.tls.get(field)


def _variable(name: str) -> Getter:
    if name == "client_ip":
        return lambda exchange: exchange.client_ip
    return lambda exchange: exchange.vars.get(name, "")


def _intercepted(name: str) -> Getter:
    lowered = name.lower().encode()

    def get(exchange: Exchange) -> str | None:
        headers = exchange.values.get("http.intercept.header")
        found = find_all(headers, lowered) if isinstance(headers, list) else []
        return b",".join(found).decode(errors="surrogateescape") if found else None

    return get


def _hostport(pair: tuple[str, int]) -> str:
    host, port = pair
    return host if host == "@" else f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _directory(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _base(path: str) -> str:
    """The last element, whether a slash follows it or not, without its ending."""
    name = posixpath.basename(path.rstrip("/")) or "/"
    return name.removesuffix(_ending(name))


def _ending(path: str) -> str:
    """From the last dot of the last element, with it."""
    _, dot, ending = posixpath.basename(path).rpartition(".")
    return dot + ending if dot else ""


def _original_uri(exchange: Exchange) -> tuple[str, str]:
    path, _, query = exchange.target.partition("?")
    return path, query


def _prefixed(query: str) -> str:
    return "?" + query if query else ""


def _uuid(exchange: Exchange) -> str:
    """One for each request, however often it is asked for."""
    return str(exchange.values.setdefault("http.request.uuid", str(uuid.uuid4())))


def _escaped(text: str) -> str:
    return quote_plus(text, errors="surrogateescape")


def _port(exchange: Exchange) -> str:
    return split_host(exchange.host)[1]


def _error_free(path: str) -> str:
    return unquote_plus(path.replace("+", "%2B"), errors="surrogateescape")


_TEXTS: dict[str, TextGetter] = {
    "method": lambda x: x.method,
    "scheme": lambda x: x.scheme,
    "proto": lambda x: f"HTTP/{x.version[0]}.{x.version[1]}",
    "proto_name": lambda x: f"HTTP/{x.version[0]}" if x.version[0] > 1 else f"HTTP/{x.version[0]}.{x.version[1]}",
    "host": lambda x: split_host(x.host)[0],
    "hostport": lambda x: x.host,
    "port": _port,
    "uuid": _uuid,
    "duration": lambda x: format_duration(int((time.monotonic() - x.started) * 1e9)),
    "remote": lambda x: _hostport(x.remote),
    "remote.host": lambda x: x.remote[0],
    "local": lambda x: _hostport(x.local),
    "local.host": lambda x: x.local[0],
    "uri": lambda x: x.uri,
    "uri_escaped": lambda x: _escaped(x.uri),
    "uri.path": lambda x: x.path,
    "uri.path_escaped": lambda x: _escaped(x.path),
    "uri.path.dir": lambda x: _directory(x.path),
    "uri.path.file": lambda x: posixpath.basename(x.path),
    "uri.path.file.base": lambda x: _base(x.path),
    "uri.path.file.ext": lambda x: _ending(x.path),
    "uri.query": lambda x: x.query,
    "uri.query_escaped": lambda x: _escaped(x.query),
    "uri.prefixed_query": lambda x: _prefixed(x.query),
    "orig_method": lambda x: x.original_method,
    "orig_uri": lambda x: x.target,
    "orig_uri.path": lambda x: _error_free(_original_uri(x)[0]),
    "orig_uri.path.dir": lambda x: _directory(_error_free(_original_uri(x)[0])),
    "orig_uri.path.file": lambda x: posixpath.basename(_error_free(_original_uri(x)[0])),
    "orig_uri.query": lambda x: _original_uri(x)[1],
    "orig_uri.prefixed_query": lambda x: _prefixed(_original_uri(x)[1]),
}

SHUTTING_DOWN, TIME_UNTIL_SHUTDOWN = "http.shutting_down", "http.time_until_shutdown"

_SHUTDOWN: dict[str, Getter] = {
    SHUTTING_DOWN: lambda x: SHUTTING_DOWN in x.values,
    TIME_UNTIL_SHUTDOWN: lambda x: _set_for_the_request(TIME_UNTIL_SHUTDOWN)(x) or "",
}

_NUMBERS: dict[str, Getter] = {
    "duration_ms": lambda x: round((time.monotonic() - x.started) * 1000, 6),
    "remote.port": lambda x: x.remote[1],
    "local.port": lambda x: x.local[1],
}

_EXACT: dict[str, Getter] = {
    **{f"http.request.{name}": get for name, get in (_TEXTS | _NUMBERS).items()},
    **SYSTEM,
    **_SHUTDOWN,
}

_PREFIXED: tuple[tuple[str, Callable[[str], Getter]], ...] = (
    ("http.request.header.", _header),
    ("http.request.cookie.", _cookie),
    ("http.request.uri.query.", _query_value),
    ("http.request.uri.path.", _path_part),
    ("http.request.host.labels.", _label),
    ("http.request.remote.host/", _masked),
    ("http.request.tls.", _tls),
    ("http.reverse_proxy.upstream.", upstream),
    ("http.reverse_proxy.", received),
    ("http.response.header.", _response_header),
    ("http.intercept.header.", _intercepted),
    ("http.vars.", _variable),
    ("env.", lambda name: partial(_environment, name)),
    ("file.", _file_content),
)


def _environment(name: str, _: Exchange) -> str:
    return os.environ.get(name, "")
