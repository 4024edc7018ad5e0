"""Which routes of a list can match a request at all, found by dictionary instead of by asking each.

Sites are told apart by host, the routes inside a site by path. A route is filed under each host (or first path
segment) that its matchers name literally, and a route that names none, or names one with a wildcard or a placeholder
inside, is a candidate for all. The order of the list is kept, and a candidate's own matchers still decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from .exchange import Exchange
from .request_placeholders import split_host

Candidates = Callable[[Exchange], Sequence[int]]

_WORTH = 4
"""Below so many routes asking each is as fast as the dictionary."""

_ODD = frozenset("*?[\\{%")


def index(matches: Sequence[Sequence[Mapping[str, msgspec.Raw]]]) -> Candidates | None:
    """The candidates among routes with these matcher sets, as a function of the request; None if it is always all."""
    if len(matches) >= _WORTH:
        by_host = [_keys(sets, "host", _host_key) for sets in matches]
        if _is_selective(by_host):
            return _by_host(by_host)
        by_path = [_keys(sets, "path", _path_key) for sets in matches]
        if _is_selective(by_path):
            return _by_first_segment(by_path)
    return None


Keys = set[str] | None
"""What a route is filed under; None if under everything."""


def _is_selective(keys: Sequence[Keys]) -> bool:
    return sum(one is not None for one in keys) >= _WORTH


def _keys(sets: Sequence[Mapping[str, msgspec.Raw]], matcher: str, key_of: Callable[[str], str | None]) -> Keys:
    """All keys of a route's matcher sets, provided that each of them gives some."""
    keys: set[str] = set()
    for one in sets:
        if matcher not in one:
            return None
        patterns: Any = msgspec.json.decode(one[matcher])
        found = [key_of(pattern) for pattern in patterns] if isinstance(patterns, list) else [None]
        if None in found:
            return None
        keys.update(key for key in found if key is not None)
    return keys if sets else None


def _host_key(pattern: str) -> str | None:
    """A literal name, or `*.rest` for exactly one label before the rest."""
    rest = pattern.removeprefix("*.")
    return None if _ODD.intersection(rest) else pattern.lower()


def _path_key(pattern: str) -> str | None:
    """The first segment in lower case, if the pattern goes beyond it or is it exactly: not for `/a*`."""
    first, slash, _ = pattern.removeprefix("/").partition("/")
    if not pattern.startswith("/") or "//" in pattern or _ODD.intersection(first) or (not slash and not first):
        return None
    return first.lower()


def _filed(keys: Sequence[Keys]) -> tuple[dict[str, tuple[int, ...]], tuple[int, ...]]:
    """Candidates for each key, and those for a request with an unknown one."""
    always = [number for number, one in enumerate(keys) if one is None]
    named: dict[str, list[int]] = defaultdict(list)
    for number, one in enumerate(keys):
        for key in one or ():
            named[key].append(number)
    return {key: _merged(numbers, always) for key, numbers in named.items()}, tuple(always)


def _merged(*lists: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted({number for numbers in lists for number in numbers}))


def _by_host(keys: Sequence[Keys]) -> Candidates:
    filed, always = _filed(keys)
    # A literal name's candidates include those of the wildcard that covers it.
    for name in [name for name in filed if not name.startswith("*.")]:
        filed[name] = _merged(filed[name], filed.get("*." + name.partition(".")[2], ()))
    covered = {name[2:]: numbers for name, numbers in filed.items() if name.startswith("*.")}

    def candidates(exchange: Exchange) -> Sequence[int]:
        host = exchange.host.lower()
        found = filed.get(host)
        if found is None:
            host = split_host(host)[0].rstrip(".")
            found = filed.get(host)
            if found is None:
                found = covered.get(host.partition(".")[2], always)
        return found

    return candidates


def _by_first_segment(keys: Sequence[Keys]) -> Candidates:
    filed, always = _filed(keys)
    everything = range(len(keys))

    def candidates(exchange: Exchange) -> Sequence[int]:
        path = exchange.path
        # Matchers compare the path with `//` merged and dot segments resolved; rare enough to ask each route then.
        if "//" in path or "/." in path:
            return everything
        return filed.get(path[1:].partition("/")[0].lower(), always)

    return candidates
