"""`reverse_proxy` at work: from its struct to an `upstream.proxy.Proxy`. What cannot run is refused by its name."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from ...errors import ConfigError
from ...http.exchange import Exchange, HeaderList, Middleware, Predicate
from ...http.ip_ranges import in_ranges
from ...http.placeholders import has_placeholders
from ...http.route import compile_match
from ...matchers.ip_ranges import written_out
from ...module import Context
from ...units import seconds
from ...upstream.health import Active, Checked, Passive, Probe
from ...upstream.leg import Leg
from ...upstream.proxy import Edits, Proxy, Retry, Source
from ...upstream.target import FixedTargets, Target, Targets
from .balancing import LoadBalancing
from .health import ActiveHealthChecks, HealthChecks, PassiveHealthChecks
from .http_transport import HTTPTransport
from .selection import fallback_policy
from .transport import Transport

if TYPE_CHECKING:
    from .config import ReverseProxy, Upstream


def middleware(config: ReverseProxy, context: Context) -> Middleware:
    """The proxy; it answers in any case, so what follows never runs."""
    _refuse_what_cannot_run(config)
    targets = [_target(upstream, context.service(Targets)) for upstream in config.upstreams]
    balancing = config.load_balancing or LoadBalancing()
    leg = _leg(config, context)
    passive = _passive(config.health_checks)
    proxy = Proxy(
        source=_source(config, targets, passive, leg, context),
        policy=fallback_policy(balancing.selection_policy, context, targets),
        leg=leg,
        retry=_retry(balancing, context),
        passive=passive,
        edits=_edits(config),
        is_trusted=_trusted(config.trusted_proxies),
        longest_stream=seconds(config.stream_timeout) or None,
    )
    return lambda _: proxy


def _refuse_what_cannot_run(config: ReverseProxy) -> None:
    for name in ("circuit_breaker", "dynamic_upstreams", "request_buffers", "response_buffers", "rewrite"):
        if getattr(config, name) != getattr(type(config)(), name):
            raise ConfigError(f"{name} of reverse_proxy is understood but not supported yet", path=name)
    if config.handle_response:
        raise ConfigError("handle_response of reverse_proxy is understood but not supported yet")
    if not config.upstreams:
        raise ConfigError("reverse_proxy has no upstreams", path="upstreams")


def _target(upstream: Upstream, targets: Targets) -> Target:
    if has_placeholders(upstream.dial):
        raise ConfigError(f"upstream {upstream.dial!r}: placeholders in addresses are not supported yet")
    return targets.at(upstream.dial)


def _leg(config: ReverseProxy, context: Context) -> Leg:
    if isinstance(config.transport, msgspec.UnsetType):
        transport: Transport = HTTPTransport()
    else:
        transport = context.registry.guest(Transport, config.transport, "transport")
    if not isinstance(transport, HTTPTransport):
        raise ConfigError(f"module {transport.module_id()} can be adapted but not run yet", path="transport")
    leg = transport.provision(context)
    context.stack.callback(leg.close)
    return leg


def _retry(balancing: LoadBalancing, context: Context) -> Retry:
    return Retry(
        retries=balancing.retries,
        duration=seconds(balancing.try_duration),
        interval=seconds(balancing.try_interval) if balancing.try_interval else Retry().interval,
        match=compile_match(balancing.retry_match, context, "load_balancing.retry_match"),
    )


def _edits(config: ReverseProxy) -> Edits:
    if config.headers is None:
        return Edits()
    request, response = config.headers.request, config.headers.response
    down = []
    if response is not None:
        edit = response.compiled()
        require = None if response.require is None else response.require.compiled()

        def change(status: int, headers: HeaderList, exchange: Exchange) -> None:
            if require is None or require(status, headers):
                edit(headers, exchange)

        down.append(change)
    return Edits(up=() if request is None else (request.compiled(),), down=tuple(down))


# Health.


def _trusted(ranges: Sequence[str]) -> Predicate | None:
    if not ranges:
        return None
    contains = in_ranges(written_out(ranges))
    return lambda exchange: contains(exchange.remote[0])


def _passive(checks: HealthChecks | None) -> Passive:
    config = (checks and checks.passive) or PassiveHealthChecks()
    return Passive(
        fail_duration=seconds(config.fail_duration),
        max_fails=config.max_fails or 1,
        statuses=config.unhealthy_status,
        latency=seconds(config.unhealthy_latency) or None,
    )


def _source(config: ReverseProxy, targets: list[Target], passive: Passive, leg: Leg, context: Context) -> Source:
    checks = config.health_checks or HealthChecks()
    shared = checks.passive.unhealthy_request_count if checks.passive is not None else 0
    most = {
        target: upstream.max_requests or shared
        for target, upstream in zip(targets, config.upstreams, strict=True)
        if upstream.max_requests or shared
    }
    active = None if checks.active is None else _active(checks.active, targets, leg, context)
    if active is None and not most and not passive.fail_duration:
        return FixedTargets(targets)
    return Checked(targets, passive, active, most)


def _active(config: ActiveHealthChecks, targets: Sequence[Target], leg: Leg, context: Context) -> Active:
    """The checks, running from now until the config is replaced."""
    if config.follow_redirects:
        raise ConfigError("health_follow_redirects is understood but not supported yet", path="health_checks.active")
    headers = [(name.encode(), value.encode()) for name, values in config.headers.items() for value in values]
    probe = Probe(
        uri=config.uri or config.path or "/",
        method=config.method or "GET",
        headers=headers,
        body=config.body.encode(),
        expect_status=config.expect_status,
        expect_body=re.compile(config.expect_body) if config.expect_body else None,
        max_size=config.max_size,
        timeout=seconds(config.timeout) or Probe().timeout,
    )
    active = Active(
        probe, leg, interval=seconds(config.interval) or 30.0, passes=config.passes or 1, fails=config.fails or 1
    )
    asked = {target: _asked(target, config, context.service(Targets)) for target in targets}
    task = asyncio.get_running_loop().create_task(active.run(asked))
    context.stack.push_async_callback(_end, task)
    return active


def _asked(target: Target, config: ActiveHealthChecks, targets: Targets) -> Target:
    if config.upstream:
        return targets.at(config.upstream)
    return targets.at(f"{target.address.host}:{config.port}") if config.port else target


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
