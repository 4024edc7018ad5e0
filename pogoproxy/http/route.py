"""Routes compiled once to one endpoint: matchers, groups, terminal, error routes, named routes.

Caddy's rule: matching routes chain as middleware in their order; of a group only the first match runs; a terminal
route ends the list. Routing here is plain function calls that return the chosen endpoint's awaitable, so that a route
that does not match costs its predicate and one that does costs no frame of its own. Which routes are asked at
all is narrowed by an index (`route_index`), so a request does not pay for the sites it is not for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from itertools import islice

import msgspec

from ..errors import ConfigError
from ..module import Context, Handler, cannot_run
from ..route import ErrorRoutes, MatcherSet, Route
from .body_placeholder import BODY, reading_body
from .exchange import Action, Endpoint, Exchange, Middleware, Predicate, Step, all_of, any_of
from .failures import answer_error, with_error_routes
from .route_index import Candidates, index


async def answer_nothing(exchange: Exchange) -> None:
    """The end of every chain: the front then answers 200 with no body, as Caddy does."""


def compile_server(
    routes: Sequence[Route],
    context: Context,
    *,
    errors: ErrorRoutes | None = None,
    named_routes: Mapping[str, Route] | None = None,
    path: str = "",
    is_counted: bool = False,
) -> Endpoint:
    """A server's endpoint; ConfigError with the place below `path` for what cannot run.

    Where requests are counted, they are labelled with the first handler of the route that takes them.
    """
    if named_routes:
        context.services = {**context.services, NamedRoutes: NamedRoutes(named_routes)}
    endpoint = compile_routes(routes, context, f"{path}.routes", is_counted=is_counted)(answer_nothing)
    if errors is None or not errors.routes:
        return endpoint
    on_error = compile_routes(errors.routes, context, f"{path}.errors.routes")(answer_error)
    return with_error_routes(endpoint, on_error)


def compile_routes(
    routes: Sequence[Route], context: Context, path: str = "routes", *, is_counted: bool = False
) -> Middleware:
    """A list of routes as one middleware; a subroute is that and nothing more."""
    compiled = [_Compiled(route, context, f"{path}[{number}]") for number, route in enumerate(routes)]
    if is_counted:
        for one, route in zip(compiled, routes, strict=True):
            one.label(route)
    candidates = index([route.match for route in routes])

    def middleware(following: Endpoint) -> Endpoint:
        return _RouteList(compiled, candidates, following).endpoint(0)

    return middleware


class _Compiled:
    """A route whose guests are provisioned: they are made once, however many chains they end up in."""

    def __init__(self, route: Route, context: Context, path: str) -> None:
        self.group = route.group
        self.terminal = route.terminal
        self.predicate = compile_match(route.match, context, f"{path}.match")
        self.handlers = [
            provision_handler(raw, context, f"{path}.handle[{number}]") for number, raw in enumerate(route.handle)
        ]

    def label(self, route: Route) -> None:
        """Have exchanges know the name of the first handler."""
        if not route.handle:
            return
        name = str(msgspec.json.decode(route.handle[0])["handler"])

        def step(exchange: Exchange) -> None:
            exchange.handler = exchange.handler or name

        self.handlers.insert(0, Step(step))

    def action(self) -> Action | None:
        """All that the route does, if it only changes the exchange and goes on."""
        match _together(self.handlers):
            case [Step() as step] if not self.terminal:
                return step.run()
        return None

    def chain(self, following: Endpoint) -> Endpoint:
        """The handlers in front of what follows them."""
        endpoint = following
        for middleware in reversed(_together(self.handlers)):
            endpoint = middleware(endpoint)
        return endpoint


def _together(handlers: Sequence[Middleware]) -> list[Middleware]:
    """The handlers, with steps in a row as one."""
    found: list[Middleware] = []
    for one in handlers:
        if isinstance(one, Step) and found and isinstance(found[-1], Step):
            found[-1] = found[-1].then(one)
        else:
            found.append(one)
    return found


class _RouteList:
    """One compiled list, with what follows it."""

    def __init__(self, routes: list[_Compiled], candidates: Candidates | None, following: Endpoint) -> None:
        self._following = following
        self._candidates = candidates
        self._routes: list[_Row] = [(None, "", None, following)] * len(routes)
        # From the last to the first, since each chain ends in the rest of the list.
        for number in range(len(routes) - 1, -1, -1):
            route = routes[number]
            rest = answer_nothing if route.terminal else self.endpoint(number + 1)
            self._routes[number] = (route.predicate, route.group, route.action(), route.chain(rest))

    def endpoint(self, start: int) -> Endpoint:
        """The list from route `start` on."""
        if start >= len(self._routes):
            return self._following
        if self._candidates is None:
            return self._walk(start)
        routes, candidates, following = self._routes, self._candidates, self._following

        def enter(exchange: Exchange) -> Awaitable[None]:
            for number in candidates(exchange):
                if number < start:
                    continue
                predicate, group, _, chain = routes[number]
                if (predicate is None or predicate(exchange)) and (not group or _is_first(exchange, group)):
                    # An action may change what the candidates are found by, so the rest is asked anew.
                    return chain(exchange)
            return following(exchange)

        return enter

    def _walk(self, start: int) -> Endpoint:
        """The list from route `start` on, where each is asked; the first costs nothing if it is for all requests."""
        routes, following = self._routes, self._following
        predicate, group, action, chain = routes[start]
        if predicate is None and not group and action is None:
            return chain

        def walk(exchange: Exchange) -> Awaitable[None]:
            for predicate, group, action, chain in islice(routes, start, None):
                if (predicate is None or predicate(exchange)) and (not group or _is_first(exchange, group)):
                    if action is None:
                        return chain(exchange)
                    action(exchange)
            return following(exchange)

        return walk


_Row = tuple[Predicate | None, str, Action | None, Endpoint]
"""A route's condition, its group, all it does if it never waits, and the same with the rest of the list behind."""


def _is_first(exchange: Exchange, group: str) -> bool:
    """Whether no route of that group has run for this request; from now on one has."""
    if exchange.groups is None:
        exchange.groups = {group}
        return True
    if group in exchange.groups:
        return False
    exchange.groups.add(group)
    return True


def compile_match(sets: Sequence[MatcherSet], context: Context, path: str = "match") -> Predicate | None:
    """One predicate for matcher sets: any set whose matchers all match; None if there is no set at all."""
    compiled = [all_of(_provision_set(one, context, f"{path}[{number}]")) for number, one in enumerate(sets)]
    return any_of(compiled) if compiled else None


def _provision_set(matchers: MatcherSet, context: Context, path: str) -> list[Predicate]:
    return [provision_matcher(name, raw, context, f"{path}.{name}") for name, raw in matchers.items()]


def provision_matcher(name: str, raw: msgspec.Raw, context: Context, path: str) -> Predicate:
    """One matcher's predicate."""
    module = context.registry.matchers.get(name)
    if module is None:
        raise ConfigError(f"unknown module: http.matchers.{name}", path=path)
    if module.provision is None:
        raise cannot_run(module, path)
    try:
        value = msgspec.json.decode(raw, type=module.config)
    except msgspec.MsgspecError as wrong:
        raise ConfigError(str(wrong), path=path) from None
    try:
        return module.provision(value, context)
    except ConfigError as mistake:
        mistake.path = _below(path, mistake.path)
        raise


def _below(path: str, inner: str | None) -> str:
    """A place inside a module, as seen from outside."""
    if not inner:
        return path
    return path + inner if inner.startswith("[") else f"{path}.{inner}"


def provision_handler(raw: msgspec.Raw, context: Context, path: str) -> Middleware:
    """One handler's middleware."""
    module = context.registry.guest(Handler, raw, path)
    provision = getattr(module, "provision", None)
    if provision is None:
        raise cannot_run(module, path)
    try:
        middleware: Middleware = provision(context)
    except ConfigError as mistake:
        mistake.path = _below(path, mistake.path)
        raise
    return reading_body(middleware) if BODY in bytes(raw) else middleware


# Named routes.


class NamedRoutes:
    """A server's `named_routes`, compiled when an `invoke` asks for one."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self._routes = routes
        self._compiling: set[str] = set()

    def middleware(self, name: str, context: Context) -> Middleware:
        """That route; ConfigError for one that is unknown or invokes itself."""
        route = self._routes.get(name)
        if route is None:
            raise ConfigError(f"cannot invoke named route '{name}', which was not defined")
        if name in self._compiling:
            raise ConfigError(f"named route '{name}' invokes itself")
        self._compiling.add(name)
        try:
            return compile_routes([route], context, f"named_routes.{name}")
        finally:
            self._compiling.discard(name)
