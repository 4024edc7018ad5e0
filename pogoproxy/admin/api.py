"""The endpoints: `/config/…`, `/load`, `/adapt`, `/stop`, `/metrics`, `/reverse_proxy/upstreams`, `/pogo/…`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Protocol

import msgspec

from ..broker.stats import PoolStats
from ..caddyfile.render import render
from ..config.adapt import Adapted, adapt
from ..config.edit import edited, read
from ..config.load import load
from ..config.root import Config
from ..errors import ConfigError, ConfigErrors, HandlerError, PogoError
from ..http.exchange import Exchange
from ..metrics import CONTENT_TYPE, Family, exposed
from ..standard import LANGUAGE
from ..supervisor.children import Children
from .authorities import authority_certificates
from .guard import Guard
from .health import health, pools
from .secrets import hidden
from .upstreams import upstreams

log = logging.getLogger(__name__)

_LARGEST = 64 * 1024 * 1024
_JSON = "application/json"
_PATHS = ("/load", "/adapt", "/stop", "/metrics", "/reverse_proxy/upstreams", "/pogo/health", "/pogo/pools")


class Server(Protocol):
    """What the API is about; the runtime."""

    config: Config

    @property
    def children(self) -> Children:
        """The table of children."""

    async def families(self) -> list[Family]:
        """The figures of all processes."""

    def pool_stats(self) -> list[PoolStats]:
        """A snapshot of each pool."""

    async def lacking_certificates(self) -> tuple[dict[str, str], ...]:
        """The names that should have certificates, and do not, with the reason."""

    async def reload(self, read: Callable[[], Adapted], *, is_forced: bool = False) -> None:
        """Serve this config; PogoError if it cannot be."""

    def stop(self) -> None:
        """End gracefully."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint says."""

    body: bytes = b""
    status: int = 200
    content_type: str = _JSON
    etag: str = ""


class Api:
    """The admin API as an endpoint of our own HTTP server."""

    def __init__(self, server: Server, guard: Guard) -> None:
        self._server = server
        self._guard = guard

    async def __call__(self, exchange: Exchange) -> None:
        """Answer; never raises on a mistake of the client's."""
        try:
            self._guard.check(exchange.host, exchange.headers)
            answer = await self._answer(exchange)
        except HandlerError as error:
            answer = _failure(error.status, error.message)
        except (ConfigError, ConfigErrors) as error:
            answer = _failure(400, render(error).removeprefix("Error: "))
        except PogoError as error:
            answer = _failure(500, str(error))
        if answer.status >= 400:
            log.error("refused method=%s target=%s status=%d", exchange.method, exchange.target, answer.status)
        headers = [(b"Content-Type", answer.content_type.encode())] if answer.body else []
        if answer.etag:
            headers.append((b"Etag", answer.etag.encode()))
        await exchange.writer.respond(answer.status, headers, answer.body)

    async def _answer(self, exchange: Exchange) -> Answer:
        match exchange.method, exchange.path.strip("/").split("/")[0], exchange.path:
            case _, "config", _:
                return await self._config(exchange, exchange.path.removeprefix("/config").strip("/"))
            case "POST", _, "/load":
                return await self._load(exchange)
            case "POST", _, "/adapt":
                return _adapted(await _body(exchange), _field(exchange, b"content-type"))
            case "POST", _, "/stop":
                self._server.stop()
                return Answer()
            case "GET", _, "/metrics":
                text = exposed(await self._server.families())
                return Answer(text.encode(), content_type=CONTENT_TYPE)
            case "GET", _, "/reverse_proxy/upstreams":
                return Answer(msgspec.json.encode(upstreams(await self._server.families())) + b"\n")
            case "GET", "pki", path:
                return _authority(self._server.config, path)
            case "GET", _, "/pogo/health":
                status, report = health(self._server.children, await self._server.lacking_certificates())
                return Answer(msgspec.json.encode(report), status)
            case "GET", _, "/pogo/pools":
                return Answer(msgspec.json.encode(pools(self._server.children, self._server.pool_stats())))
            case _, _, path if path in _PATHS:
                raise HandlerError(405, f"method {exchange.method} not allowed")
        raise HandlerError(404, "not found")

    async def _config(self, exchange: Exchange, path: str) -> Answer:
        tree = msgspec.json.decode(msgspec.json.encode(self._server.config))
        if exchange.method == "GET":
            body = msgspec.json.encode(read(hidden(tree), path)) + b"\n"
            return Answer(body, etag=_etag(path, body))
        if exchange.method not in ("POST", "PUT", "PATCH", "DELETE"):
            raise HandlerError(405, f"method {exchange.method} not allowed")
        _check_match(_field(exchange, b"if-match"), tree)
        value = None if exchange.method == "DELETE" else _json(await _body(exchange), exchange)
        changed = msgspec.json.encode(edited(tree, exchange.method, path, value) or {})
        await self._server.reload(lambda: Adapted(load(changed)), is_forced=_is_forced(exchange))
        return Answer()

    async def _load(self, exchange: Exchange) -> Answer:
        text, kind = await _body(exchange), _field(exchange, b"content-type")
        await self._server.reload(lambda: _read(text, kind), is_forced=_is_forced(exchange))
        return Answer()


def _authority(config: Config, path: str) -> Answer:
    """`/pki/ca/<id>` and `/pki/ca/<id>/certificates`; HandlerError (404) for others."""
    match path.strip("/").split("/"):
        case ["pki", "ca", id]:
            return Answer(msgspec.json.encode(authority_certificates(config, id).info()))
        case ["pki", "ca", id, "certificates"]:
            found = authority_certificates(config, id)
            chain = found.intermediate + found.root
            return Answer(chain.encode(), content_type="application/pem-certificate-chain")
    raise HandlerError(404, "not found")


def _read(text: bytes, content_type: str) -> Adapted:
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("", _JSON):
        return Adapted(load(text))
    if kind == "text/caddyfile":
        return adapt(text.decode("utf-8", "replace"), "Caddyfile", LANGUAGE)
    raise HandlerError(400, f"unrecognized content type: {content_type}")


def _adapted(text: bytes, content_type: str) -> Answer:
    result = _read(text, content_type or "text/caddyfile")
    warnings = [{"file": w.span.file, "line": w.span.line, "message": w.message} for w in result.warnings if w.span]
    return Answer(msgspec.json.encode({"warnings": warnings, "result": msgspec.Raw(result.text())}))


def _json(body: bytes, exchange: Exchange) -> Any:
    kind = _field(exchange, b"content-type")
    if _JSON not in kind:
        raise HandlerError(400, f"unacceptable content-type: {kind}; 'application/json' required")
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise HandlerError(400, f"decoding request body: {wrong}") from None


def _check_match(wanted: str, tree: Any) -> None:
    """`If-Match: "<path> <hash>"`: HandlerError (412) if that part of the config has changed since it was read."""
    if not wanted:
        return
    path = wanted.strip('"').partition(" ")[0].removeprefix("/config").strip("/")
    if _etag(path, msgspec.json.encode(read(hidden(tree), path)) + b"\n") != wanted:
        raise HandlerError(412, "If-Match header did not match current config hash")


def _etag(path: str, body: bytes) -> str:
    return f'"/config/{path} {blake2b(body, digest_size=8).hexdigest()}"'


def _is_forced(exchange: Exchange) -> bool:
    return "must-revalidate" in _field(exchange, b"cache-control")


def _field(exchange: Exchange, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in exchange.headers if key.lower() == name), "")


async def _body(exchange: Exchange) -> bytes:
    pieces = bytearray()
    while piece := await exchange.body.read():
        pieces += piece
        if len(pieces) > _LARGEST:
            raise HandlerError(413, f"a config of more than {_LARGEST} bytes")
    return bytes(pieces)


def _failure(status: int, message: str) -> Answer:
    return Answer(msgspec.json.encode({"error": message}) + b"\n", status)
