"""`file_server` at work: a file is located, opened, held against the request's conditions and sent."""

from __future__ import annotations

import html
import posixpath
import secrets
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ...errors import ConfigError, HandlerError
from ...http.exchange import Endpoint, Exchange
from ...http.headers import HeaderList, find, remove
from ...http.site_path import LOCAL, refuse_other
from ..respond import status_template
from .browsing import Browser
from .conditions import Verdict, date, keeps_range, verdict
from .content_type import content_type
from .locating import Found, Locator
from .opening import SUFFIXES, Opened, Opener, describe
from .ranges import Malformed, Multipart, Part, Unsatisfiable, parse
from .sending import send, send_multipart

if TYPE_CHECKING:
    from .config import FileServer

_METHODS = ("GET", "HEAD")


class Files:
    """One `file_server`; its `middleware` answers."""

    def __init__(self, config: FileServer) -> None:
        """ConfigError for what cannot run."""
        _refuse_what_cannot_run(config)
        self._locator = Locator(config.root, config.index_names or None, config.hide)
        self._opener = Opener(config.precompressed_order or tuple(config.precompressed), config.etag_file_extensions)
        self._browser = None if config.browse is None else Browser(config.browse)
        self._is_canonical = config.canonical_uris is not False
        self._passes_on = config.pass_thru
        self._status = None if config.status_code == "" else status_template(config.status_code)

    def middleware(self, following: Endpoint) -> Endpoint:
        """The handler."""

        async def endpoint(exchange: Exchange) -> None:
            if exchange.vars.get("fs", "") not in LOCAL:
                raise HandlerError(404, "filesystem not found")
            found = self._locator.locate(exchange)
            if found is None or (found.is_folder and self._browser is None):
                return await self._missing(exchange, following)
            if found.is_folder and self._browser is not None:
                return await self._browse(exchange, found, self._browser)
            if self._is_canonical and (target := canonical(exchange, is_folder=found.is_index)):
                return await redirect(exchange, target)
            return await self._serve(exchange, found, following)

        return endpoint

    async def _missing(self, exchange: Exchange, following: Endpoint) -> None:
        if not self._passes_on:
            raise HandlerError(404, "file not found")
        await following(exchange)

    async def _browse(self, exchange: Exchange, found: Found, browser: Browser) -> None:
        # The page's links are relative to the folder, so it needs its slash even where others are left alone.
        if target := canonical(exchange, is_folder=True):
            return await redirect(exchange, target)
        return await browser.answer(exchange, found.path, self._locator.hides(exchange))

    async def _serve(self, exchange: Exchange, found: Found, following: Endpoint) -> None:
        # Also without a compressed form, since there may be one tomorrow and `encode` may be in front.
        exchange.response_headers.append((b"Vary", b"Accept-Encoding"))
        opened = self._opener.open(found, exchange)
        if opened is None:
            return await self._missing(exchange, following)
        try:
            if exchange.method not in _METHODS and exchange.error is None:
                exchange.response_headers.append((b"Allow", b"GET, HEAD"))
                raise HandlerError(405, f"method {exchange.method} of a file")
            await self._answer(exchange, found, opened)
        finally:
            opened.close()

    async def _answer(self, exchange: Exchange, found: Found, opened: Opened) -> None:
        headers = exchange.response_headers
        describe(headers, opened)
        kind = find(headers, b"content-type") or content_type(posixpath.basename(found.path))
        if opened.validators.modified is not None:
            headers.append((b"Last-Modified", date(opened.validators.modified)))
        match verdict(exchange.method, exchange.headers, opened.validators):
            case Verdict.NOT_MODIFIED:
                remove(headers, (b"content-type", b"content-encoding"))
                if opened.validators.tag:
                    remove(headers, (b"last-modified",))
                return await self._bare(exchange, 304)
            case Verdict.FAILED:
                _set_type(headers, kind)
                return await self._bare(exchange, 412)
        _set_type(headers, kind)
        try:
            parts = _parts(exchange, opened)
        except Unsatisfiable as wrong:
            return await self._refuse_range(exchange, opened.size, wrong)
        return await self._send(exchange, opened, parts, kind)

    async def _send(self, exchange: Exchange, opened: Opened, parts: list[Part], kind: bytes | None) -> None:
        headers: HeaderList = [(b"Accept-Ranges", b"bytes")]
        writer, size = exchange.writer, opened.size
        is_read = exchange.method != "HEAD"
        if len(parts) > 1:
            body = Multipart(parts, size, kind, secrets.token_hex(30).encode())
            remove(exchange.response_headers, (b"content-type",))
            headers.append((b"Content-Type", b"multipart/byteranges; boundary=" + body.boundary))
            await writer.start(self._code(exchange, 206), headers, body.length)
            if is_read:
                await send_multipart(opened, body, writer)
        else:
            part = parts[0] if parts else Part(0, size)
            if parts:
                headers.append((b"Content-Range", part.content_range(size)))
            await writer.start(self._code(exchange, 206 if parts else 200), headers, part.length)
            if is_read:
                await send(opened, part, writer)
        await writer.finish()

    async def _bare(self, exchange: Exchange, status: int) -> None:
        await exchange.writer.start(self._code(exchange, status), [], 0)
        await exchange.writer.finish()

    async def _refuse_range(self, exchange: Exchange, size: int, why: Unsatisfiable) -> None:
        remove(
            exchange.response_headers,
            (b"content-type", b"content-encoding", b"cache-control", b"etag", b"last-modified"),
        )
        headers: HeaderList = [
            (b"Content-Type", b"text/plain; charset=utf-8"),
            (b"X-Content-Type-Options", b"nosniff"),
        ]
        if not isinstance(why, Malformed):
            headers.append((b"Content-Range", b"bytes */%d" % size))
        await exchange.writer.respond(self._code(exchange, 416), headers, f"{why}\n".encode())

    def _code(self, exchange: Exchange, status: int) -> int:
        """The configured status, or that of the error that is answered, before the one that HTTP would have."""
        if self._status is not None:
            return self._status(exchange)
        return status if exchange.error is None else exchange.error.status


def _refuse_what_cannot_run(config: FileServer) -> None:
    refuse_other(config.fs)
    for name in config.precompressed_order or config.precompressed:
        if name not in SUFFIXES:
            raise ConfigError(f"unknown module: http.precompressed.{name}", path="precompressed")


def _set_type(headers: HeaderList, kind: bytes | None) -> None:
    if kind is not None and find(headers, b"content-type") is None:
        headers.append((b"Content-Type", kind))


def _parts(exchange: Exchange, opened: Opened) -> list[Part]:
    """The parts that are asked for; none for the whole."""
    asked = find(exchange.headers, b"range")
    if asked is None or not keeps_range(exchange.method, exchange.headers, opened.validators):
        return []
    return parse(asked.decode("latin-1"), opened.size)


def canonical(exchange: Exchange, *, is_folder: bool) -> str:
    """Where a client should ask instead, nothing if it asked right: a folder's URI ends in a slash, a file's does not.

    Only if the last element is as the client wrote it, since redirecting what was rewritten may go in circles.
    """
    asked, _, query = exchange.target.partition("?")
    if asked == exchange.path and asked.endswith("/") == is_folder:
        return ""
    original = unquote(asked, errors="surrogateescape")
    if _base(original) != _base(exchange.path) or original.endswith("/") == is_folder:
        return ""
    # A path that begins with two slashes would be another host's address, and browsers take a backslash for one.
    target = "/" + (asked + "/" if is_folder else asked[:-1]).replace("\\", "%5C").lstrip("/")
    return f"{target}?{query}" if query else target


def _base(path: str) -> str:
    """The last element, whether a slash follows it or not."""
    return posixpath.basename(path.rstrip("/"))


async def redirect(exchange: Exchange, target: str) -> None:
    """Send the client to another path of this site for good."""
    location = target.encode(errors="surrogateescape")
    headers: HeaderList = [(b"Location", location)]
    body = b""
    if exchange.method in _METHODS:
        headers.append((b"Content-Type", b"text/html; charset=utf-8"))
        body = b'<a href="%b">Permanent Redirect</a>.\n\n' % html.escape(target).encode(errors="surrogateescape")
    await exchange.writer.respond(308, headers, body)
