"""The one table of this build's modules. Nothing registers itself.

The order of `ORDERED` is the order in which directives apply, whatever their order in the file.
"""

from __future__ import annotations

from .adapt.directive import Directive
from .config.adapt import Language
from .config.options import admin, order, pogo, values
from .handlers import app, bind, handle, handle_errors, header, log, respond, reverse_proxy, route
from .handlers.headers import Headers
from .handlers.respond import StaticResponse
from .handlers.subroute import Subroute
from .matchers import header as header_matcher
from .matchers import host, method, not_, path
from .module import Module, Registry

ORDERED: tuple[Directive, ...] = (
    header.DIRECTIVE,
    handle.DIRECTIVE,
    route.DIRECTIVE,
    respond.DIRECTIVE,
    reverse_proxy.DIRECTIVE,
    app.DIRECTIVE,
)
"""Directives that make routes."""

UNORDERED: tuple[Directive, ...] = (bind.DIRECTIVE, log.DIRECTIVE, handle_errors.DIRECTIVE)
"""Directives that say something about their site."""

OPTIONS = (*values.OPTIONS, *admin.OPTIONS, *order.OPTIONS, *pogo.OPTIONS, log.OPTION)

MODULES: tuple[type[Module], ...] = (
    StaticResponse,
    Subroute,
    Headers,
    reverse_proxy.ReverseProxy,
    app.Application,
)

MATCHERS = (header_matcher.MATCHER, host.MATCHER, method.MATCHER, not_.MATCHER, path.MATCHER)

REGISTRY = Registry.of(MODULES, MATCHERS)

LANGUAGE = Language(
    directives={directive.name: directive for directive in (*ORDERED, *UNORDERED)},
    order=tuple(directive.name for directive in ORDERED),
    options={option.name: option for option in OPTIONS},
    registry=REGISTRY,
)
