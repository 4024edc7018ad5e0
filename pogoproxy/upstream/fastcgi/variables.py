"""The CGI variables of a request (RFC 3875 section 4.1), as Caddy and FrankenPHP set them.

They decide which file is run as a program, so nothing here is lenient: a split is a match of ASCII letters only, and no
file that a client could have uploaded under another name is led to PHP.
"""

from __future__ import annotations

import ipaddress
import os.path
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ...errors import ConfigError, HandlerError
from ...http.exchange import Exchange
from ...http.headers import HeaderList
from ...http.placeholders import Template, template
from ...http.site_path import below

SOFTWARE = "pogoproxy"

_FORM = "application/x-www-form-urlencoded"
_PORTS = {"http": "80", "https": "443"}
_ASCII_LOWER = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", b"abcdefghijklmnopqrstuvwxyz")
_TO_VARIABLE = bytes.maketrans(b"-abcdefghijklmnopqrstuvwxyz", b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, which may be another thing than the client did. `length` is the body's, -1 if nobody knows it."""

    method: str
    uri: str
    fields: HeaderList
    length: int


@dataclass(frozen=True, slots=True)
class Script:
    """Which file is to run: `name` and `info` are the URI's parts, `uri` is that without `info`."""

    name: str
    info: str
    uri: str


@dataclass(frozen=True, slots=True)
class Splitter:
    """Where a path ends and its PATH_INFO begins: behind the first of `ends`, which are lower case ASCII."""

    ends: tuple[bytes, ...]

    @classmethod
    def of(cls, ends: Sequence[str]) -> Splitter:
        """The splitter for these ends in any case; ConfigError if one is not ASCII."""
        if not all(end.isascii() for end in ends):
            raise ConfigError("split path contains non-ASCII characters")
        return cls(tuple(end.lower().encode() for end in ends))

    def split(self, path: str) -> Script:
        """The script of a decoded path. Without an end in it, all of it is the script's name."""
        if not self.ends:
            return Script("", path, "")
        # Only ASCII is folded: letters that Unicode folds to ASCII, such as fullwidth ones, make another file name.
        lowered = path.encode(errors="surrogateescape").translate(_ASCII_LOWER)
        for end in self.ends:
            at = lowered.find(end) if end else -1
            if at >= 0:
                size = len(lowered[: at + len(end)].decode(errors="surrogateescape"))
                return Script(_rooted(path[:size]), path[size:], path[:size])
        return Script(_rooted(path), "", path)


def _rooted(path: str) -> str:
    return path if not path or path.startswith("/") else f"/{path}"


@dataclass(frozen=True, slots=True)
class Variables:
    """Makes them. `env` is the config's, and wins over all but header fields, as in Caddy."""

    root: Template
    splitter: Splitter
    env: Mapping[str, Template] = field(default_factory=dict)
    resolves_root: bool = False

    @classmethod
    def of(cls, root: str, split: Sequence[str], env: Mapping[str, str], *, resolves_root: bool) -> Variables:
        """From a config's texts, which may hold placeholders; ConfigError."""
        filled = {name: template(value) for name, value in env.items()}
        return cls(template(root or "{http.vars.root}"), Splitter.of(split), filled, resolves_root)

    def __call__(self, exchange: Exchange, question: Question) -> dict[str, str]:
        """All variables of a request; HandlerError if it names no file that may be asked for."""
        uri_path, _, query = question.uri.partition("?")
        path = unquote(uri_path, errors="surrogateescape")
        if "\0" in path:
            # PHP would run the file whose name ends there.
            raise HandlerError(400, "invalid request path")
        root = self._folder(exchange)
        script = self.splitter.split(path)
        info = script.info or str(exchange.values.get("http.matchers.file.remainder", ""))
        return {
            **_of_connection(exchange),
            "CONTENT_LENGTH": str(question.length),
            "CONTENT_TYPE": _content_type(question),
            "DOCUMENT_ROOT": root,
            "DOCUMENT_URI": script.uri,
            "HTTP_CONTENT_LENGTH": str(question.length),
            "HTTP_HOST": exchange.host,
            "HTTP_USER_AGENT": "",
            "PATH_INFO": info,
            "QUERY_STRING": query,
            "REMOTE_USER": str(exchange.values.get("http.auth.user.id", "")),
            "REQUEST_METHOD": question.method,
            "REQUEST_URI": exchange.target,
            "SCRIPT_FILENAME": below(root, script.name),
            "SCRIPT_NAME": script.name,
            **({"PATH_TRANSLATED": below(root, info)} if info else {}),
            **{name: value(exchange) for name, value in self.env.items()},
            **of_fields(question.fields),
        }

    def _folder(self, exchange: Exchange) -> str:
        root = os.path.abspath(self.root(exchange) or ".")  # noqa: PTH100 - links are followed only where that is wanted
        if not self.resolves_root:
            return root
        try:
            return str(Path(root).resolve(strict=True))
        except OSError as wrong:
            raise HandlerError(500, f"root {root}: {wrong.strerror}") from None


def _content_type(question: Question) -> str:
    values = [value for name, value in question.fields if name.lower() == b"content-type"]
    if values:
        return values[0].decode(errors="surrogateescape")
    return "" if question.method in ("GET", "HEAD", "OPTIONS") else _FORM


def _of_connection(exchange: Exchange) -> dict[str, str]:
    address, port = exchange.remote
    host, server_port = _host(exchange.host)
    found = {
        "AUTH_TYPE": "",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REMOTE_ADDR": address,
        "REMOTE_HOST": address,
        "REMOTE_IDENT": "",
        "REMOTE_PORT": str(port) if port else "",
        "REQUEST_SCHEME": "https" if exchange.scheme == "https" else "http",
        "SERVER_NAME": host,
        "SERVER_PORT": server_port or _PORTS.get(exchange.scheme, "80"),
        "SERVER_PROTOCOL": f"HTTP/{exchange.version[0]}.{exchange.version[1]}",
        "SERVER_SOFTWARE": SOFTWARE,
    }
    if _is_address(exchange.local[0]):
        found["SERVER_ADDR"] = exchange.local[0]
    if exchange.scheme == "https":
        found["HTTPS"] = "on"
    if exchange.tls is not None:
        # As Apache's mod_ssl calls them.
        found["SSL_PROTOCOL"] = str(exchange.tls.get("version")).replace("tls", "TLSv")
        found["SSL_CIPHER"] = str(exchange.tls.get("cipher_suite"))
    return found


def _host(host: str) -> tuple[str, str]:
    """Name and port of a Host field; an IPv6 address without its brackets if there is a port, as in Go."""
    name, colon, port = host.rpartition(":")
    if colon and name.startswith("[") and name.endswith("]"):
        return name[1:-1], port
    return (name, port) if colon and ":" not in name else (host, "")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def of_fields(fields: HeaderList) -> dict[str, str]:
    """Header fields as variables, repeated ones joined.

    `Proxy` is left out: as HTTP_PROXY, programs would take it for the proxy of their own requests (httpoxy).
    """
    found: dict[str, str] = {}
    for name, value in fields:
        variable = "HTTP_" + name.translate(_TO_VARIABLE).decode(errors="surrogateescape")
        if variable != "HTTP_PROXY":
            text = value.decode(errors="surrogateescape")
            found[variable] = f"{found[variable]}, {text}" if variable in found else text
    return found
