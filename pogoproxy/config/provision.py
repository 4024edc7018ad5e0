"""From a config to what runs: a front provisions to serve, the parent to refuse what cannot before anything starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ..apps.http import HttpApp, unsupported
from ..errors import ConfigError
from ..handlers.app import App
from ..http.exchange import Endpoint
from ..http.route import compile_server
from ..module import Context
from ..standard import registry
from ..upstream.app_targets import AppTargets
from ..upstream.target import Targets
from .load import Config


def new_context() -> Context:
    """A context with the services that handlers may ask for; to be closed by its stack."""
    targets = Targets()
    return Context(registry(), {Targets: targets, AppTargets: AppTargets(targets)})


def endpoints(http: HttpApp, context: Context) -> dict[str, Endpoint]:
    """Each server's compiled routes; ConfigError with the path of what cannot run."""
    found = {}
    for name, server in http.servers.items():
        path = f"apps.http.servers.{name}"
        refusal = unsupported(server, http)
        if refusal:
            raise ConfigError(refusal, path=path)
        found[name] = compile_server(
            server.routes, context, errors=server.errors, named_routes=server.named_routes, path=path
        )
    return found


async def check(config: Config) -> None:
    """Provision everything once and clean up; ConfigError for what `run` would refuse."""
    context = new_context()
    try:
        endpoints(config.http, context)
        if config.apps.pogo is not None:
            config.apps.pogo.all_pools()
    finally:
        await context.stack.aclose()


def apps_in(config: Config) -> list[App]:
    """Every `app` handler, however deep in the routes, in the order of the config."""
    routes = msgspec.json.decode(msgspec.json.encode(config.http))
    return [msgspec.convert(found, App) for found in _handlers(routes, "app")]


def _handlers(value: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("handler") == name:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _handlers(item, name)
