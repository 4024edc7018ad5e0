"""The handler behind `handle`, `handle_path`, `route` and whole sites: routes of its own inside a route."""

from __future__ import annotations

from ..module import Handler
from ..route import ErrorRoutes, Route


class Subroute(Handler, frozen=True, tag="subroute"):
    """Runs its routes, then goes on after itself; `errors` answers what fails inside."""

    routes: tuple[Route, ...] = ()
    errors: ErrorRoutes | None = None
