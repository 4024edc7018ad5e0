"""From a config to what runs: a front provisions to serve, the parent to refuse what cannot before anything starts."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ..adapt.origin import Origin
from ..apps.http import HttpApp, Server, limits, pace_of, unsupported
from ..errors import ConfigError, ConfigErrors
from ..handlers.app import Application
from ..handlers.php_running import PhpSettings
from ..handlers.tracing import Spans
from ..http.client_ip import Trust
from ..http.exchange import Endpoint
from ..http.ip_ranges import in_ranges
from ..http.route import compile_server
from ..http.strict_host import strict
from ..metrics import Family, Scrape
from ..module import Context, cannot_run
from ..standard import REGISTRY
from ..tls.keeping.files import FileStorage, default_root
from ..units import seconds
from ..upstream.app_targets import AppTargets
from ..upstream.target import Targets
from .automatic_https import expanded
from .listener_wrappers import IPSource, ListenerWrapper, StaticRanges, Wrappers, check_order, entrance
from .root import Config
from .secure import check_tls, is_strict
from .storage import storage_of
from .unacted import idle, refusals

log = logging.getLogger(__name__)


def new_context(config: Config | None = None) -> Context:
    """A context with the services that handlers may ask for; to be closed by its stack."""
    targets = Targets()
    php = config.apps.frankenphp if config is not None else None
    services = {
        Targets: targets,
        FileStorage: storage_of(config) if config is not None else FileStorage(default_root()),
        AppTargets: AppTargets(targets),
        Scrape: Scrape(_nothing),
        PhpSettings: PhpSettings() if php is None else PhpSettings(php.workers, seconds(php.max_wait_time)),
        Spans: (spans := Spans()),
    }
    context = Context(REGISTRY, services)
    context.stack.push_async_callback(spans.close)
    return context


async def _nothing() -> list[Family]:
    """What a process knows that serves nobody."""
    return []


def endpoints(http: HttpApp, context: Context) -> dict[str, Endpoint]:
    """Each server's compiled routes; ConfigError with the path of what cannot run."""
    found = {}
    for name, server in http.servers.items():
        path = f"apps.http.servers.{name}"
        refusal = unsupported(server)
        if refusal:
            raise ConfigError(refusal, path=path)
        endpoint = compile_server(
            server.routes,
            context,
            errors=server.errors,
            named_routes=server.named_routes,
            path=path,
            is_counted=http.counted is not None,
        )
        pace = pace_of(server)
        endpoint = _knowing_its_client(endpoint if pace is None else pace(endpoint), server)
        found[name] = strict(endpoint) if is_strict(server) else endpoint
    return found


def _knowing_its_client(endpoint: Endpoint, server: Server) -> Endpoint:
    """The endpoint with what the server's trusted proxies say of the client; ConfigError for a source we lack."""
    if isinstance(server.trusted_proxies, msgspec.UnsetType) and not server.trusted_proxies_unix:
        return endpoint
    ranges: tuple[str, ...] = ()
    if not isinstance(server.trusted_proxies, msgspec.UnsetType):
        source = REGISTRY.guest(IPSource, server.trusted_proxies, "trusted_proxies")
        if not isinstance(source, StaticRanges):
            raise cannot_run(source, "trusted_proxies")
        ranges = source.ranges
    return Trust(
        in_ranges(ranges),
        server.client_ip_headers or ("X-Forwarded-For",),
        strict=bool(server.trusted_proxies_strict),
        unix=server.trusted_proxies_unix,
    ).before(endpoint)


def wrappers_of(server: Server) -> Wrappers:
    """What stands between the sockets of a server and HTTP; ConfigError for a wrapper that is none of ours."""
    return tuple(REGISTRY.guest(ListenerWrapper, raw, "listener_wrappers") for raw in server.listener_wrappers)


async def check(config: Config, origins: Mapping[str, Origin] | None = None) -> None:
    """Provision everything once and clean up; ConfigError for what `run` would refuse.

    `origins` is where each module is used first, by its id.
    """
    refuse_unsupported(config, origins or {})
    for path in idle(config):
        log.warning("accepted without effect, since it is not supported yet path=%s", path)
    config = expanded(config).config
    context = new_context(config)
    try:
        endpoints(config.http, context)
        for server in config.http.servers.values():
            limits(server)
        check_tls(config)
        for server in config.http.servers.values():
            entrance(wrappers_of(server), None)
            check_order(wrappers_of(server), is_secure=bool(server.tls_connection_policies))
        if config.apps.pogo is not None:
            config.apps.pogo.all_pools()
    finally:
        await context.stack.aclose()


def refuse_unsupported(config: Config, origins: Mapping[str, Origin]) -> None:
    """ConfigErrors for all modules and settings that can be adapted but not run."""
    mistakes = [*refusals(config)]
    for id in sorted(set(_module_ids(_plain(config.http)))):
        name = id.rpartition(".")[2]
        module = REGISTRY.modules.get(id) or REGISTRY.matchers.get(name)
        if module is not None and getattr(module, "provision", None) is None:
            kind = "directive" if ".handlers." in id else "matcher"
            origin = origins.get(id)
            said = origin.name if origin else name
            span = origin.span if origin else None
            mistakes.append(ConfigError(f"{kind} {said} is understood but not supported yet", span))
    if mistakes:
        raise ConfigErrors(mistakes)


def apps_in(config: Config) -> list[Application]:
    """Every `app` handler, however deep in the routes, in the order of the config."""
    return [
        msgspec.convert(found, Application) for found in _objects(_plain(config.http)) if found.get("handler") == "app"
    ]


def php_handlers(config: Config) -> list[dict[str, Any]]:
    """The handlers that ask for a php-fpm of our own: `php`, and FastCGI without an address."""
    return [found for found in _objects(_plain(config.http)) if _is_php(found)]


def _is_php(handler: dict[str, Any]) -> bool:
    if handler.get("handler") != "reverse_proxy":
        return handler.get("handler") == "php"
    is_fastcgi = handler.get("transport", {}).get("protocol") == "fastcgi"
    return is_fastcgi and not (handler.get("upstreams") or handler.get("dynamic_upstreams"))


def _plain(http: HttpApp) -> Any:
    return msgspec.json.decode(msgspec.json.encode(http))


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _objects(item)


def _module_ids(value: Any) -> Iterator[str]:
    for found in _objects(value):
        if isinstance(found.get("handler"), str):
            yield f"http.handlers.{found['handler']}"
        for matchers in found.get("match") or () if isinstance(found.get("match"), list) else ():
            if isinstance(matchers, dict):
                yield from (f"http.matchers.{name}" for name in matchers)
