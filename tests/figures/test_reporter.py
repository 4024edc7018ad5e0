"""A front's side of the figures."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from pogoproxy.errors import HandlerError
from pogoproxy.figures import reporter
from pogoproxy.figures.messages import Asked, Joined, Report, Wanted
from pogoproxy.figures.reporter import Reporter, dropped_lines, upstream_families
from pogoproxy.logs import encoders
from pogoproxy.logs.router import Log, Router
from pogoproxy.logs.sinks import Sink
from pogoproxy.metrics import exposed
from pogoproxy.upstream.app_targets import AppTargets
from pogoproxy.upstream.target import Targets


def made(said: list[bytes], targets: Targets | None = None) -> Reporter:
    targets = targets or Targets()
    return Reporter(said.append, Router([]), targets, AppTargets(targets))


def test_it_reports_when_it_is_asked() -> None:
    said: list[bytes] = []
    made(said).heard(Asked(5))
    assert msgspec.json.decode(said[0], type=Report).number == 5


def test_upstreams_are_healthy_until_a_check_says_otherwise_and_app_workers_are_none() -> None:
    targets = Targets()
    apps = AppTargets(targets)
    apps.update("app", ["/run/worker.sock"])
    targets.at("a:1").active = 2
    targets.at("b:1").ailments = 1
    text = exposed(upstream_families(target for target in targets.all() if not apps.has(target)))
    assert 'caddy_reverse_proxy_upstreams_healthy{upstream="a:1"} 1\n' in text
    assert 'caddy_reverse_proxy_upstreams_healthy{upstream="b:1"} 0\n' in text
    assert 'pogoproxy_upstream_requests{upstream="a:1"} 2\n' in text
    assert "worker" not in text


def test_lines_that_were_not_written_are_counted_by_log() -> None:
    sink = Sink(lambda data: None, most_lines=0, name="log0")
    sink.put(b"lost\n")
    router = Router([Log(sink, encoders.json)])
    assert exposed([dropped_lines(router)]).endswith('pogoproxy_log_lines_dropped_total{log="log0"} 1\n')
    router.close()


async def test_the_parents_answer_is_for_who_asked() -> None:
    said: list[bytes] = []
    front = made(said)
    asking = asyncio.ensure_future(front.all_families())
    await asyncio.sleep(0)
    number = msgspec.json.decode(said[0], type=Wanted).number
    front.heard(Joined(number + 1, []))
    assert not asking.done()
    front.heard(Joined(number, []))
    assert await asking == []


async def test_a_parent_that_does_not_answer_is_a_503(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reporter, "_PATIENCE", 0.01)
    with pytest.raises(HandlerError) as raised:
        await made([]).all_families()
    assert raised.value.status == 503
