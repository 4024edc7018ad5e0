"""Health checks at work: from their structs to those of `upstream.health`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from ...http.headers import HeaderList
from ...http.placeholders import template
from ...http.regexp import compile_regexp
from ...module import Context
from ...units import seconds
from ...upstream.health import Active, Passive
from ...upstream.leg import Leg
from ...upstream.probe import Probe, nobodys
from ...upstream.target import Target, Targets
from .health import ActiveHealthChecks, HealthChecks, PassiveHealthChecks


def passive_checks(checks: HealthChecks | None) -> Passive:
    """What requests meet, as the config has it; nothing by default."""
    config = (checks and checks.passive) or PassiveHealthChecks()
    return Passive(
        fail_duration=seconds(config.fail_duration),
        max_fails=config.max_fails or 1,
        statuses=config.unhealthy_status,
        latency=seconds(config.unhealthy_latency) or None,
    )


def active_checks(config: ActiveHealthChecks, targets: Sequence[Target], leg: Leg, context: Context) -> Active:
    """The checks, running from now until the config is replaced."""
    probe = Probe(
        uri=config.uri or config.path or "/",
        method=config.method or "GET",
        fields=_fields(config),
        body=template(config.body)(nobodys()).encode(),
        follow_redirects=config.follow_redirects,
        expect_status=config.expect_status,
        expect_body=compile_regexp(config.expect_body) if config.expect_body else None,
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


def _fields(config: ActiveHealthChecks) -> Callable[[Target], HeaderList]:
    """Their values may say which target is checked, and what no request is needed for."""
    made = [
        (template(name), template(value, keep_unknown=True))
        for name, values in config.headers.items()
        for value in values
    ]

    def fields(target: Target) -> HeaderList:
        exchange = nobodys()
        exchange.values["http.reverse_proxy.active.target_upstream"] = str(target)
        return [(name(exchange).encode(), value(exchange).encode(errors="surrogateescape")) for name, value in made]

    return fields


def _asked(target: Target, config: ActiveHealthChecks, targets: Targets) -> Target:
    if config.upstream:
        return targets.at(config.upstream)
    return targets.at(f"{target.address.host}:{config.port}") if config.port else target


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
