"""The figures of all processes as one, whoever comes and goes."""

from __future__ import annotations

import asyncio

import msgspec

from pogoproxy.figures import collector
from pogoproxy.figures.collector import Collector
from pogoproxy.figures.messages import Asked, Joined, Report, Wanted
from pogoproxy.metrics import Family


def counted(total: int, running: int = 0) -> list[Family]:
    requests, in_flight = Family("requests_total", "counter", samples=[]), Family("running", "gauge", samples=[])
    requests.add(total, server="a")
    in_flight.add(running, server="a")
    return [requests, in_flight]


def read(families: list[Family]) -> dict[str, object]:
    return {family.name: sample.value for family in families for sample in family.samples}


class Parent:
    """A collector and the fronts that it asks: each reports its figures, or is late with None."""

    def __init__(self, **fronts: list[Family] | None) -> None:
        self.fronts = {int(pid[1:]): families for pid, families in fronts.items()}
        self.told: list[bytes] = []
        self.has_answered = asyncio.Event()
        self.collector = Collector(lambda: self.fronts, self.say, lambda: counted(1000))

    def say(self, pid: int, text: bytes) -> None:
        self.told.append(text)
        message = msgspec.json.decode(text, type=Asked | Joined)
        if isinstance(message, Joined):
            self.has_answered.set()
        families = self.fronts.get(pid)
        if isinstance(message, Asked) and families is not None:
            report = msgspec.json.encode(Report(message.number, families))
            asyncio.get_running_loop().call_soon(self.collector.heard, pid, report)


async def test_counters_and_gauges_of_all_are_added() -> None:
    parent = Parent(p1=counted(1, 1), p2=counted(2, 2))
    assert read(await parent.collector.families()) == {"requests_total": 1003, "running": 3}


async def test_several_may_ask_at_once() -> None:
    parent = Parent(p1=counted(1))
    first, second = await asyncio.gather(parent.collector.families(), parent.collector.families())
    assert read(first) == read(second) == {"requests_total": 1001, "running": 0}


async def test_counters_of_fronts_that_are_gone_stay_and_their_gauges_go() -> None:
    parent = Parent(p1=counted(1, 1), p2=counted(2, 2))
    await parent.collector.families()
    parent.collector.heard(1, msgspec.json.encode(Report(0, counted(5, 1))))
    del parent.fronts[1]
    parent.collector.gone(1)
    parent.collector.gone(99)
    assert read(await parent.collector.families()) == {"requests_total": 1007, "running": 2}


async def test_a_front_that_dies_while_it_is_asked_is_not_waited_for() -> None:
    parent = Parent(p1=counted(1), p2=None)
    asking = asyncio.ensure_future(parent.collector.families())
    await asyncio.sleep(0)
    parent.collector.gone(2)
    assert read(await asyncio.wait_for(asking, 1)) == {"requests_total": 1001, "running": 0}


async def test_of_a_front_that_is_late_the_last_report_counts(monkeypatch) -> None:
    monkeypatch.setattr(collector, "_PATIENCE", 0.01)
    parent = Parent(p1=counted(1), p2=counted(2))
    await parent.collector.families()
    parent.fronts[2] = None
    assert read(await parent.collector.families()) == {"requests_total": 1003, "running": 0}


async def test_a_front_may_ask_for_all() -> None:
    parent = Parent(p1=counted(1))
    parent.collector.heard(1, msgspec.json.encode(Wanted(7)))
    await asyncio.wait_for(parent.has_answered.wait(), 5)
    answer = msgspec.json.decode(parent.told[-1], type=Joined)
    assert (answer.number, read(answer.families)) == (7, {"requests_total": 1001, "running": 0})
