"""Health, with a clock of its own."""

from __future__ import annotations

from collections.abc import Callable

from pogoproxy.upstream.health import Active, Checked, Passive, Probe
from pogoproxy.upstream.leg import Leg
from pogoproxy.upstream.target import FixedTargets, Targets
from tests.exchanges import make


class Timers:
    """Keeps what is to be called later."""

    def __init__(self) -> None:
        self.due: list[Callable[[], None]] = []

    def later(self, _: float, call: Callable[[], None]) -> None:
        self.due.append(call)


def test_failures_take_a_target_out_and_are_forgotten():
    timers, target = Timers(), Targets().at("h:1")
    passive = Passive(fail_duration=10, max_fails=2, later=timers.later)
    passive.failed(target)
    assert passive.allows(target)
    passive.failed(target)
    assert not passive.allows(target)
    timers.due.pop()()
    assert passive.allows(target)


def test_without_a_duration_nothing_is_remembered():
    target = Targets().at("h:1")
    passive = Passive()
    passive.failed(target)
    assert target.fails == 0
    assert passive.allows(target)


def test_slow_and_bad_answers_are_failures():
    timers, target = Timers(), Targets().at("h:1")
    passive = Passive(fail_duration=10, statuses=(404, 5), latency=1.0, later=timers.later)
    for status, seconds in ((200, 0.5), (404, 0.1), (503, 0.1), (200, 1.0), (400, 0.1)):
        passive.saw(target, status, seconds)
    assert target.fails == 3


def test_checks_in_a_row_change_the_health():
    target = Targets().at("h:1")
    active = Active(Probe(), Leg(), passes=2, fails=3)
    seen = []
    for passed in (False, False, True, False, False, False, True, False, True, True):
        active.note(target, passed)
        seen.append(target in active.down)
    assert seen == [False] * 5 + [True] * 4 + [False]


def test_a_full_target_and_one_that_is_down_are_not_available():
    targets = Targets()
    full, down, good = targets.at("h:1"), targets.at("h:2"), targets.at("h:3")
    active = Active(Probe(), Leg())
    active.note(down, False)
    full.active = 2
    exchange, _ = make()
    assert Checked(FixedTargets([full, down, good]), Passive(), active, most_of={full: 2}).available(exchange) == [good]
