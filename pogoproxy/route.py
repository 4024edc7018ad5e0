"""Routes as configuration: which handlers run for which requests, key for key as Caddy has them."""

from __future__ import annotations

import msgspec

MatcherSet = dict[str, msgspec.Raw]
"""Matchers by name, of which all must match; sorted by name."""


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """`handle` runs if one of the sets in `match` matches, or if there is none.

    Of the routes of a `group` only the first that matches runs; after a `terminal` one no other is tried.
    """

    group: str = ""
    match: tuple[MatcherSet, ...] = ()
    handle: tuple[msgspec.Raw, ...] = ()
    terminal: bool = False


class ErrorRoutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """The routes that answer when a handler failed."""

    routes: tuple[Route, ...] = ()
