"""`reverse_proxy` at work: from its struct to an `upstream.proxy.Proxy`. What cannot run is refused by its name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from ...errors import ConfigError
from ...http.exchange import Exchange, Middleware, Predicate
from ...http.headers import HeaderList
from ...http.ip_ranges import in_ranges
from ...http.placeholders import has_placeholders, template
from ...http.route import compile_match
from ...matchers.ip_ranges import written_out
from ...module import Context, cannot_run
from ...units import seconds
from ...upstream.app_targets import PHP, AppSource, AppTargets
from ...upstream.health import Active, Checked, Passive
from ...upstream.leg import Leg
from ...upstream.lookup import FilledTargets, WithFallback
from ...upstream.proxy import Buffers, Edits, Proxy, Retry
from ...upstream.target import FixedTargets, Source, Target, Targets
from .. import response_handler
from ..headers import HeaderOps
from ..rewrite import compiled
from .balancing import LoadBalancing
from .checking import active_checks, passive_checks
from .fastcgi_transport import FastCGITransport
from .health import HealthChecks
from .http_transport import HTTPTransport
from .selection import fallback_policy
from .sources import UpstreamSource
from .transport import Transport

if TYPE_CHECKING:
    from .config import ReverseProxy


log = logging.getLogger(__name__)

_OWN_HOST = HeaderOps(set={"Host": ("{http.reverse_proxy.upstream.hostport}",)})

_TRY_INTERVAL = 0.25

_HINTS = ("stream_buffer_size", "stream_close_delay", "verbose_logs")
"""Options that change nothing here: tunnels live until the grace of a replaced front ends, whatever their buffers.

`flush_interval` is not among them: every piece is passed on at once, which is its strongest setting.
"""


def middleware(config: ReverseProxy, context: Context) -> Middleware:
    """The proxy; what follows runs only after the routes of a `handle_response`."""
    transport = _transport(config, context)
    _refuse_what_cannot_run(config, transport)
    targets = _fixed(config, context.service(Targets))
    balancing = config.load_balancing or LoadBalancing()
    leg = transport.provision(context)
    context.stack.callback(leg.close)
    passive = passive_checks(config.health_checks)
    proxy = Proxy(
        source=_source(config, targets, passive, leg, context),
        policy=fallback_policy(balancing.selection_policy, context, targets),
        leg=leg,
        retry=_retry(balancing, context),
        passive=passive,
        edits=_edits(config, transport),
        is_trusted=_trusted(config.trusted_proxies),
        rewrite=None if config.rewrite is None else compiled(config.rewrite),
        buffers=Buffers(config.request_buffers or transport.REQUEST_BUFFER, config.response_buffers),
        longest_stream=seconds(config.stream_timeout) or None,
    )
    if not config.handle_response:
        return lambda _: proxy
    responders = response_handler.compiled(config.handle_response, context)
    return lambda following: replace(proxy, responders=responders(following))


def _refuse_what_cannot_run(config: ReverseProxy, transport: Transport) -> None:
    if not isinstance(config.circuit_breaker, msgspec.UnsetType):
        raise ConfigError(
            "circuit_breaker: this build has no modules http.reverse_proxy.circuit_breakers.*, nor has Caddy"
        )
    if not (config.upstreams or _is_dynamic(config) or isinstance(transport, FastCGITransport)):
        raise ConfigError("reverse_proxy has no upstreams", path="upstreams")
    for name in _HINTS:
        if getattr(config, name):
            log.warning("reverse_proxy option has no effect option=%s", name)


def _fixed(config: ReverseProxy, targets: Targets) -> list[Target]:
    """The targets that are the same for all requests, which are all of them or none."""
    if _is_dynamic(config):
        return []
    return [targets.at(upstream.dial) for upstream in config.upstreams]


def _is_dynamic(config: ReverseProxy) -> bool:
    looked_up = not isinstance(config.dynamic_upstreams, msgspec.UnsetType)
    return looked_up or any(has_placeholders(upstream.dial) for upstream in config.upstreams)


def _dynamic(config: ReverseProxy, context: Context) -> Source:
    """Targets that differ from request to request; those of the config stand in where none can be looked up."""
    targets = context.service(Targets)
    filled = FilledTargets([template(upstream.dial) for upstream in config.upstreams], targets)
    if isinstance(config.dynamic_upstreams, msgspec.UnsetType):
        return filled
    source = context.registry.guest(UpstreamSource, config.dynamic_upstreams, "dynamic_upstreams").provision(context)
    return WithFallback(source, filled) if config.upstreams else source


def _transport(config: ReverseProxy, context: Context) -> HTTPTransport | FastCGITransport:
    if isinstance(config.transport, msgspec.UnsetType):
        return HTTPTransport()
    transport = context.registry.guest(Transport, config.transport, "transport")
    if not isinstance(transport, HTTPTransport | FastCGITransport):
        raise cannot_run(transport, "transport")
    return transport


def _retry(balancing: LoadBalancing, context: Context) -> Retry:
    # Only expressions can speak of answers; other matchers would have every answer to such a request thrown away.
    of_answers = [one for one in balancing.retry_match if "expression" in one]
    return Retry(
        retries=balancing.retries,
        duration=seconds(balancing.try_duration),
        interval=seconds(balancing.try_interval) or (_TRY_INTERVAL if balancing.try_duration else 0.0),
        match=compile_match(balancing.retry_match, context, "load_balancing.retry_match"),
        of_answers=compile_match(of_answers, context, "load_balancing.retry_match"),
    )


def _edits(config: ReverseProxy, transport: HTTPTransport | FastCGITransport) -> Edits:
    up, down = [], []
    if isinstance(transport, HTTPTransport) and transport.tls is not None:
        # A server with a certificate of its own knows itself by its own name; the config may say otherwise, after this.
        up.append(_OWN_HOST.compiled())
    request, response = (config.headers.request, config.headers.response) if config.headers else (None, None)
    if request is not None:
        up.append(request.compiled())
    if response is not None:
        edit = response.compiled()
        require = None if response.require is None else response.require.compiled()

        def change(status: int, headers: HeaderList, exchange: Exchange) -> None:
            if require is None or require(status, headers):
                edit(headers, exchange)

        down.append(change)
    return Edits(tuple(up), tuple(down))


def _trusted(ranges: Sequence[str]) -> Predicate | None:
    if not ranges:
        return None
    contains = in_ranges(written_out(ranges))
    return lambda exchange: contains(exchange.remote[0])


def _source(config: ReverseProxy, targets: list[Target], passive: Passive, leg: Leg, context: Context) -> Source:
    checks = config.health_checks or HealthChecks()
    most = checks.passive.unhealthy_request_count if checks.passive is not None else 0
    active: Active | None = None
    most_of: dict[Target, int] = {}
    source: Source
    if _is_dynamic(config):
        if checks.active is not None:
            raise ConfigError("active health checks are for upstreams that are the same for all requests")
        source = _dynamic(config, context)
    elif targets:
        source = FixedTargets(targets)
        active = None if checks.active is None else active_checks(checks.active, targets, leg, context)
        most_of = dict(zip(targets, (upstream.max_requests for upstream in config.upstreams), strict=True))
    else:
        source = AppSource(context.service(AppTargets), PHP)  # FastCGI without an address is our own php-fpm's
    if active is None and not most and not any(most_of.values()) and not passive.fail_duration:
        return source
    return Checked(source, passive, active, most, most_of)
