"""The handler behind `handle`, `handle_path`, `route` and whole sites: routes of its own inside a route."""

from __future__ import annotations

from ..http.exchange import Endpoint, Middleware
from ..http.failures import with_error_routes
from ..http.route import compile_routes
from ..module import Context, Handler
from ..route import ErrorRoutes, Route


class Subroute(Handler, frozen=True, tag="subroute"):
    """Runs its routes, then goes on after itself; `errors` answers what fails inside."""

    routes: tuple[Route, ...] = ()
    errors: ErrorRoutes | None = None

    def provision(self, context: Context) -> Middleware:
        """The routes as one middleware."""
        routes = compile_routes(self.routes, context)
        if self.errors is None:
            return routes
        on_error = compile_routes(self.errors.routes, context, "errors.routes")

        def middleware(following: Endpoint) -> Endpoint:
            return with_error_routes(routes(following), on_error(following))

        return middleware
