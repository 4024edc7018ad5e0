"""How the routes of a block become one list: sorted, grouped, merged. Decisions on plain data.

Caddy's rules, to the letter: directives in their order; within one directive the more specific path first; the
routes of `handle`, `rewrite` and `root` exclude each other by sharing a group; neighbours that match alike merge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import msgspec

from ..errors import ConfigError, Span
from ..route import Route
from .emit import decoded
from .ordering import stable_sorted

EXCLUSIVE = ("handle", "rewrite", "root")
"""Directives of which only the first that matches runs, in the order in which their groups are numbered."""

ALWAYS_GROUPED = "rewrite"
"""Grouped even when it is alone, since a rewrite must not merge with a neighbour that matches alike: after it, the
request may match no more."""

OVERWRITING = "vars"
"""What is set last wins, so the least specific goes first."""


@dataclass(frozen=True)
class Placed:
    """Routes that a directive made. One route takes part in sorting; `together` ones stay as they are, in a row."""

    directive: str
    routes: tuple[Route, ...]
    span: Span | None = None
    together: bool = False

    @cached_property
    def has_matcher(self) -> bool:
        """Whether the route is for some requests only."""
        return bool(self.routes[0].match)

    @cached_property
    def path(self) -> str:
        """The one path that the route is for; empty if it is for none, several, or has several matcher sets."""
        sets = list(self.routes[0].match)
        raw = sets[0].get("path") if len(sets) == 1 else None
        paths = decoded(raw) if raw is not None else None
        return str(paths[0]) if paths and len(paths) == 1 else ""


class Groups:
    """The counter behind `group0`, `group1` …, one for a whole configuration."""

    def __init__(self) -> None:
        self._numbers = count()

    def next(self) -> str:
        """The next name."""
        return f"group{next(self._numbers)}"


def in_order(placed: Iterable[Placed], order: Sequence[str]) -> list[Placed]:
    """Sorted by directive, then by specificity; ConfigError for a directive that has no place in the order."""
    rows = list(placed)
    positions = {directive: position for position, directive in enumerate(order)}
    for row in rows:
        if row.directive not in positions:
            raise ConfigError(
                f"directive '{row.directive}' is not an ordered HTTP handler, so it cannot be used here"
                " - try placing within a route block or using the order global option",
                row.span,
            )
    return stable_sorted(rows, _goes_first(positions))


def _goes_first(positions: dict[str, int]) -> Callable[[Placed, Placed], bool]:
    def less(one: Placed, other: Placed) -> bool:
        if one.directive != other.directive:
            return positions[one.directive] < positions[other.directive]
        if one.together or other.together:
            return False
        return more_specific(one, other) != (one.directive == OVERWRITING)

    return less


def more_specific(one: Placed, other: Placed) -> bool:
    """Whether the first is for the narrower set of requests, as far as Caddy can tell."""
    if not (one.path and other.path):
        return one.has_matcher and not other.has_matcher
    prefix, others = one.path.removesuffix("*"), other.path.removesuffix("*")
    if prefix == others:
        return size(one.path) < size(other.path)
    if size(prefix) == size(others):
        return prefix.encode() < others.encode()
    return size(prefix) > size(others)


def size(text: str) -> int:
    """Length in bytes of UTF-8, as Go measures texts."""
    return len(text.encode())


def subroute(placed: Sequence[Placed], groups: Groups) -> tuple[Route, ...]:
    """One list of routes, with groups for those that exclude each other and neighbours merged."""
    names = _group_names([row.directive for row in placed], groups)
    return merged(route for row in placed for route in _grouped(row, names))


def _group_names(directives: list[str], groups: Groups) -> dict[str, str]:
    # A number is taken for rewrites even where there are none; numbers skip in Caddy's output for that.
    names = {}
    for directive in EXCLUSIVE:
        grouped = directive == ALWAYS_GROUPED or directives.count(directive) > 1
        names[directive] = groups.next() if grouped else ""
    return names


def _grouped(row: Placed, names: dict[str, str]) -> tuple[Route, ...]:
    if row.together or row.directive not in names:
        return row.routes
    return tuple(msgspec.structs.replace(route, group=names[row.directive]) for route in row.routes)


def merged(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Neighbours that match alike become one route with the handlers of both."""
    rows: list[Route] = []
    for route in routes:
        before = rows[-1] if rows else None
        if before and (before.match, before.terminal, before.group) == (route.match, route.terminal, route.group):
            rows[-1] = msgspec.structs.replace(before, handle=before.handle + route.handle)
        else:
            rows.append(route)
    return tuple(rows)
