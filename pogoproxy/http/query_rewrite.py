"""Changes of a request's query, key by key (Caddy's `uri query`). What stays keeps its order."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from .exchange import Exchange
from .header_ops import Change, swap
from .placeholders import template
from .uri_rewrite import Rewrite

Pairs = list[tuple[str, str]]


def _rewrite(change: Callable[[Pairs, Exchange], Pairs]) -> Rewrite:
    def rewrite(exchange: Exchange) -> None:
        pairs = parse_qsl(exchange.query, keep_blank_values=True, errors="surrogateescape")
        query = urlencode(change(pairs, exchange), errors="surrogateescape")
        exchange.set_uri(f"{exchange.raw_path}?{query}" if query else exchange.raw_path)

    return rewrite


def rename(key: str, new: str) -> Rewrite:
    """The key's values under another name."""
    old_name, new_name = template(key), template(new)
    return _rewrite(
        lambda pairs, exchange: [
            (new_name(exchange) if name == old_name(exchange) else name, value) for name, value in pairs
        ]
    )


def put(key: str, text: str) -> Rewrite:
    """The key with this value only."""
    name, value = template(key), template(text)

    def change(pairs: Pairs, exchange: Exchange) -> Pairs:
        wanted = name(exchange)
        return [*(pair for pair in pairs if pair[0] != wanted), (wanted, value(exchange))]

    return _rewrite(change)


def add(key: str, text: str) -> Rewrite:
    """One value more for the key."""
    name, value = template(key), template(text)
    return _rewrite(lambda pairs, exchange: [*pairs, (name(exchange), value(exchange))])


def delete(key: str) -> Rewrite:
    """No such key."""
    name = template(key)
    return _rewrite(lambda pairs, exchange: [pair for pair in pairs if pair[0] != name(exchange)])


def replace(key: str, how: Change) -> Rewrite:
    """A replacement in the key's values; `*` is every key."""
    name = template(key)
    changed = swap(how)

    def change(pairs: Pairs, exchange: Exchange) -> Pairs:
        wanted = name(exchange)
        return [(one, changed(value, exchange) if wanted in ("*", one) else value) for one, value in pairs]

    return _rewrite(change)
