"""Named routes, `&(name) { … }`: compiled once, and given to each server that invokes them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from ..adapt.adaptation import Adaptation
from ..adapt.emit import module_object
from ..adapt.placeholders import expanded
from ..adapt.routes import Groups
from ..caddyfile.suggest import did_you_mean
from ..caddyfile.tree import NamedRoute
from ..errors import ConfigError, Span
from ..handlers.subroute import Subroute
from ..route import Route
from .sites import Served, files_of


@dataclass
class NamedRoutes:
    """The routes by name, and what each of them invokes itself."""

    routes: dict[str, Route] = field(default_factory=dict)
    invoked: dict[str, dict[str, Span | None]] = field(default_factory=dict)

    def used_by(self, served: Iterable[Served]) -> dict[str, Route]:
        """The routes that sites invoke, directly or by way of others; ConfigError for a name that has none."""
        used: dict[str, Route] = {}
        pending = [invoked for site in served for invoked in site.block.invoked.items()]
        while pending:
            name, span = pending.pop()
            if name in used:
                continue
            if name not in self.routes:
                message = f"cannot invoke named route '{name}', which was not defined"
                raise ConfigError(message, span, hint=did_you_mean(name, self.routes))
            used[name] = self.routes[name]
            pending += self.invoked[name].items()
        return dict(sorted(used.items()))


def read_named_routes(found: Iterable[NamedRoute], adaptation: Adaptation) -> NamedRoutes:
    """Compile the named routes; they number their groups apart from the sites."""
    shared = replace(adaptation.shared, groups=Groups())
    named = NamedRoutes()
    for route in found:
        name = route.name.text
        body = expanded(route.body)
        view = Adaptation(shared, files=files_of(body), directive=name)
        compiled = _route(Subroute(routes=view.subroute_of(body)))
        if name in named.routes:
            shared.mistakes.append(route.name.error(f"cannot have duplicate named_routes: {name}"))
        named.routes[name] = compiled
        named.invoked[name] = dict(shared.invoked)
        shared.invoked.clear()
    return named


def _route(compiled: Subroute) -> Route:
    # Where one route without a matcher is left, Caddy keeps its first handler and drops the others.
    if len(compiled.routes) == 1 and not compiled.routes[0].match:
        return Route(handle=compiled.routes[0].handle[:1])
    return Route(handle=(module_object(compiled),))
