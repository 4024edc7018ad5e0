"""Changes of a request's query, key by key (Caddy's `uri query`). A changed query is sorted by key."""

from __future__ import annotations

from collections.abc import Callable

from .exchange import Exchange
from .header_ops import Change, swap
from .placeholders import template
from .query import Pairs, encode, parse
from .uri_rewrite import Rewrite, put_uri


def _rewrite(change: Callable[[Pairs, Exchange], Pairs]) -> Rewrite:
    def rewrite(exchange: Exchange) -> None:
        put_uri(exchange, exchange.raw_path, encode(change(parse(exchange.query), exchange)))

    return rewrite


def rename(key: str, new: str) -> Rewrite:
    """The key's values under another name, in place of those that are under it."""
    old_name, new_name = template(key), template(new)

    def change(pairs: Pairs, exchange: Exchange) -> Pairs:
        old, wanted = old_name(exchange), new_name(exchange)
        renamed = [(wanted, value) for name, value in pairs if name == old]
        return [*(pair for pair in pairs if pair[0] not in (old, wanted)), *renamed] if renamed else pairs

    return _rewrite(change)


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
