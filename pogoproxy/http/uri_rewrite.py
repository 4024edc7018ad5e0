"""Changing a request's URI: whole, or by stripping, replacing and editing its query (Caddy's `rewrite` handler)."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus, unquote

from .exchange import Exchange
from .path_pattern import clean
from .placeholders import Name, parse, template, to_text
from .regexp import compile_regexp, substitute
from .request_placeholders import getter

Rewrite = Callable[[Exchange], None]

_PARTS = re.compile(r"(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?P<fragment>#.*)?", re.DOTALL)


def to_uri(uri: str) -> Rewrite:
    """Replace path and query; a part that the text does not have stays, and `?` alone empties the query."""
    found = _PARTS.fullmatch(uri)
    assert found is not None
    path = _path_template(found["path"])
    query = _new_query(found["query"])
    keeps_path = not found["path"]

    def rewrite(exchange: Exchange) -> None:
        # Both are built before either is changed, since each may name the other.
        new_path, question_mark, injected = path(exchange).partition("?")
        new_query = query(exchange, injected if question_mark else None)
        put_uri(exchange, exchange.raw_path if keeps_path else new_path or "/", new_query)

    return rewrite


def _new_query(text: str | None) -> Callable[[Exchange, str | None], str]:
    """The query from what the text says behind `?`, and from what a placeholder brought into the path, if it did."""
    if text is None:
        return lambda exchange, injected: exchange.query if injected is None else injected
    if text == "?":
        return lambda _, injected: injected or ""
    fill = _query_template(text[1:])
    return lambda exchange, _: fill(exchange)


def _path_template(text: str) -> Callable[[Exchange], str]:
    pieces = [part if isinstance(part, str) else _in_path(part) for part in parse(text)]
    return lambda exchange: "".join([piece if isinstance(piece, str) else piece(exchange) for piece in pieces])


def _in_path(name: Name) -> Callable[[Exchange], str]:
    """Paths are put in escaped, so that `?` and `%` in them mean the same afterwards."""
    if name.text == "http.request.uri.path":
        return lambda exchange: exchange.raw_path
    fill = template("{" + name.text + "}")
    if name.text == "http.matchers.file.relative":
        return lambda exchange: quote(fill(exchange), safe="/!$&'()*+,;=:@", errors="surrogateescape")
    return fill


def _query_template(text: str) -> Callable[[Exchange], str]:
    """`key=value&…`: placeholders are escaped when put in; an empty pair, as of an empty query, leaves no `&`."""
    pairs = [[_component(part) for part in pair.partition("=")] for pair in text.split("&")]

    def fill(exchange: Exchange) -> str:
        filled = ["".join([part(exchange) for part in pair]) for pair in pairs]
        return "&".join([pair for pair in filled if pair])

    return fill


def _component(text: str) -> Callable[[Exchange], str]:
    pieces = [part if isinstance(part, str) else _escaped(part) for part in parse(text)]
    return lambda exchange: "".join([piece if isinstance(piece, str) else piece(exchange) for piece in pieces])


def _escaped(name: Name) -> Callable[[Exchange], str]:
    get = getter(name.text)
    if name.text == "http.request.uri.query":
        return lambda exchange: exchange.query
    return lambda exchange: quote_plus(to_text(get(exchange)), errors="surrogateescape")


def strip_prefix(prefix: str) -> Rewrite:
    """Take the prefix off the path, without case and however the client escaped it."""
    fill = template(prefix)

    def rewrite(exchange: Exchange) -> None:
        wanted = fill(exchange)
        wanted = wanted if wanted.startswith("/") else "/" + wanted
        path = clean(exchange.raw_path, keep_double="//" in wanted)
        end = _escaped_length(path, wanted)
        if end >= 0:
            rest = _FIRST_SLASH.sub("/", path[end:])
            _set_path(exchange, rest if rest.startswith("/") else "/" + rest)

    return rewrite


_FIRST_SLASH = re.compile("^%2f", re.IGNORECASE)
"""What stood behind the prefix is the path's first slash now, which no other may follow."""


def _escaped_length(path: str, prefix: str) -> int:
    """How many characters of the escaped path the prefix takes; -1 if it is no prefix of it."""
    at = 0
    for wanted in prefix:
        if at >= len(path):
            return -1
        size = 3 if path[at] == "%" and wanted != "%" else 1
        if unquote(path[at : at + size]).lower() != wanted.lower():
            return -1
        at += size
    return at


def strip_suffix(suffix: str) -> Rewrite:
    """Take the suffix off the path, without case and however the client escaped it."""
    fill = template(suffix)

    def rewrite(exchange: Exchange) -> None:
        wanted = fill(exchange)
        path = clean(exchange.raw_path, keep_double="//" in wanted)
        start = _escaped_start(path, wanted)
        if start >= 0:
            _set_path(exchange, path[:start])

    return rewrite


def _escaped_start(path: str, suffix: str) -> int:
    """Where in the escaped path the suffix begins; -1 if it does not end so."""
    at = len(path)
    for wanted in reversed(suffix):
        size = 3 if wanted != "%" and path[max(at - 3, 0) : at].startswith("%") else 1
        if at < size or unquote(path[at - size : at]).lower() != wanted.lower():
            return -1
        at -= size
    return at


def replace_substring(find: str, put: str, limit: int = 0) -> Rewrite:
    """Replace a text in path and query, `limit` times at most in each; 0 is every time."""
    fill_find, fill_put = template(find), template(put)

    def rewrite(exchange: Exchange) -> None:
        wanted, new = fill_find(exchange), fill_put(exchange)
        path = clean(exchange.raw_path, keep_double="//" in wanted).replace(wanted, new, limit or -1)
        query = exchange.query.replace(wanted, new, limit or -1)
        put_uri(exchange, path, query)

    return rewrite


def replace_regexp(find: str, put: str) -> Rewrite:
    """Replace what an expression finds in the path; ConfigError if it is none."""
    expression = compile_regexp(find)
    fill = template(put)

    def rewrite(exchange: Exchange) -> None:
        _set_path(exchange, substitute(expression, fill(exchange), exchange.raw_path))

    return rewrite


def _set_path(exchange: Exchange, path: str) -> None:
    put_uri(exchange, path, exchange.query)


_NO_PATH = re.compile(r'[^!-~]|["#<>?\\^`{|}]')
_NO_QUERY = re.compile(r"[^!-~]|#")


def put_uri(exchange: Exchange, path: str, query: str) -> None:
    """Set both. What no URI may hold (RFC 3986) is escaped, since placeholders can bring in blanks and line ends."""
    path, query = _NO_PATH.sub(_percent, path), _NO_QUERY.sub(_percent, query)
    exchange.set_uri(f"{path}?{query}" if query else path)


def _percent(found: re.Match[str]) -> str:
    return quote(found[0], safe="", errors="surrogateescape")
