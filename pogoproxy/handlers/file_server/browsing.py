"""Folders shown to clients: as a page, as JSON or as text, whichever they accept."""

from __future__ import annotations

import asyncio
import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import ConfigError, HandlerError
from ...http import query
from ...http.exchange import Exchange
from ...http.headers import HeaderList, find, find_all
from ...http.request_placeholders import cookies
from .conditions import date, seconds
from .hiding import Hides
from .listing import ORDERS, SORTS, Entry, Listing, ordered, read
from .listing_formats import as_json, as_text
from .page import CONTENT_POLICY, View, page

if TYPE_CHECKING:
    from .config import Browse

_FILE_LIMIT = 10_000
"""Entries of a folder, as in Caddy: each costs a look at the disk and 200 bytes of an answer."""


class Browser:
    """Answers with what is in a folder."""

    def __init__(self, config: Browse) -> None:
        """ConfigError for a template, whose language is Go's."""
        if config.template_file:
            raise ConfigError("browse with a template is not supported, since its language is Go's", path="browse")
        self._limit = config.file_limit or _FILE_LIMIT
        self._reveals_links = config.reveal_symlinks
        self._sort = next((one for one in reversed(config.sort[:2]) if one in SORTS), "")
        self._order = next((one for one in reversed(config.sort[:2]) if one in ORDERS), "")

    async def answer(self, exchange: Exchange, folder: str, hides: Hides) -> None:
        """Send the folder; HandlerError (403, 404) if it cannot be read."""
        listing = await self._read(folder, hides)
        modified = listing.modified // 1_000_000_000
        headers = exchange.response_headers
        headers.append((b"Vary", b"Accept, Accept-Encoding"))
        since = find(exchange.headers, b"if-modified-since")
        if since is not None and (known := seconds(since)) is not None and modified <= known:
            await exchange.writer.start(304, [], 0)
            return await exchange.writer.finish()
        asked = _query(exchange)
        view = self._view(exchange, asked)
        fields, body = await asyncio.to_thread(_written, exchange, asked, view, listing)
        headers.append((b"Last-Modified", date(modified)))
        await exchange.writer.start(200, fields, len(body))
        if exchange.method != "HEAD":
            await exchange.writer.write(body)
        return await exchange.writer.finish()

    async def _read(self, folder: str, hides: Hides) -> Listing:
        try:
            return await asyncio.to_thread(read, folder, hides, self._limit, reveals_links=self._reveals_links)
        except FileNotFoundError as error:
            raise HandlerError(404, str(error)) from None
        except PermissionError as error:
            raise HandlerError(403, str(error)) from None
        except OSError as error:
            raise HandlerError(500, str(error)) from None

    def _view(self, exchange: Exchange, asked: Mapping[str, str]) -> View:
        """What the query asks for, else the configuration, else the cookies of last time, which are set anew."""
        known = cookies(exchange)
        sort = asked.get("sort") or self._sort
        order = asked.get("order") or self._order
        for name, value, allowed in (("sort", sort, SORTS), ("order", order, ORDERS)):
            if value in allowed:
                exchange.response_headers.append((b"Set-Cookie", _cookie(name, value, exchange.scheme)))
        layout = asked.get("layout", "")
        return View(
            posixpath.normpath("/" + exchange.raw_path.lstrip("/")),
            sort or known.get("sort", "namedirfirst"),
            order or known.get("order", "asc"),
            layout if layout in ("", "list", "grid") else "list",
        )


def _query(exchange: Exchange) -> dict[str, str]:
    """Of several values the first counts."""
    return dict(reversed(query.parse(exchange.query)))


def _cookie(name: str, value: str, scheme: str) -> bytes:
    secure = "; Secure" if scheme == "https" else ""
    return f"{name}={value}; HttpOnly{secure}; SameSite=Lax".encode()


def _written(exchange: Exchange, asked: Mapping[str, str], view: View, listing: Listing) -> tuple[HeaderList, bytes]:
    """Header fields and the body. Up to ten thousand entries take a while, so this is for a thread."""
    entries = _cut(ordered(listing.entries, view.sort, view.order), asked.get("offset", ""), asked.get("limit", ""))
    accepted = b",".join(find_all(exchange.headers, b"accept")).lower()
    if b"application/json" in accepted:
        return [(b"Content-Type", b"application/json; charset=utf-8")], as_json(entries)
    if b"text/plain" in accepted:
        return [(b"Content-Type", b"text/plain; charset=utf-8")], as_text(entries)
    policy = (b"Content-Security-Policy", CONTENT_POLICY.encode())
    return [(b"Content-Type", b"text/html; charset=utf-8"), policy], page(view, entries)


def _cut(entries: Sequence[Entry], offset: str, limit: str) -> Sequence[Entry]:
    start = _number(offset)
    if 0 < start <= len(entries):
        entries = entries[start:]
    count = _number(limit)
    return entries[:count] if 0 < count <= len(entries) else entries


def _number(text: str) -> int:
    """The number, or 0 if it is none; no longer than could make sense, since reading a huge one takes its time."""
    return int(text) if re.fullmatch(r"[+-]?[0-9]{1,18}", text) else 0
