"""A query as pairs of keys and values, read as Go's net/url does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import unquote_plus, urlencode

Pairs = Sequence[tuple[str, str]]

_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse(query: str) -> Pairs:
    """All pairs that can be read. One with a semicolon is none, since some servers take it for a separator."""
    return _parsed(query) if query else ()


@lru_cache(1024)
def _parsed(query: str) -> tuple[tuple[str, str], ...]:
    """Several matchers and placeholders look at one query, and many requests have the same."""
    return tuple(_pair(piece) for piece in query.split("&") if piece and is_sound(piece))


@lru_cache(1024)
def parse_sound(query: str) -> Pairs | None:
    """All pairs, or None if something in the query cannot be read."""
    return parse(query) if is_sound(query) else None


def is_sound(query: str) -> bool:
    """Whether everything in it can be read."""
    return ";" not in query and ("%" not in query or _BAD_ESCAPE.search(query) is None)


def _pair(piece: str) -> tuple[str, str]:
    key, _, value = piece.partition("=")
    return unquote_plus(key, errors="surrogateescape"), unquote_plus(value, errors="surrogateescape")


def values(query: str, key: str) -> list[str]:
    """All values of a key."""
    return [value for name, value in parse(query) if name == key]


def encode(pairs: Pairs) -> str:
    """The pairs as a query, sorted by key; values of one key keep their order."""
    return urlencode(sorted(pairs, key=lambda pair: pair[0]), errors="surrogateescape")
