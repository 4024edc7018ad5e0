"""The broker's decisions against a model: random spawns, answers, cancels, deaths and clocks, in any order."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pogoproxy.broker.actions import Action, Assign, CutOff, Deliver, Drain, Hire, Kill, Recall, Release, TellCancel
from pogoproxy.broker.ahead import HORIZON, Ahead
from pogoproxy.broker.core import Core
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.pool import UNSERVED
from pogoproxy.broker.scale import CALM, PATIENCE
from pogoproxy.broker.worker import ExitReport, Worker
from pogoproxy.jobs.wire import Outcome, Spawn, WireError, pack_job

POOLS = ("default", "cpu")
MAX_JOBS = 5
SIZES = st.sampled_from(((1, 0), (1, 3), (2, 0)))
"""How many jobs a worker runs, and how many more it has in its hands."""


def plan(name: str = "default", slots: int = 1, **settings: object) -> PoolPlan:
    return PoolPlan(name=name, slots=slots, secret="s", **settings)  # type: ignore[arg-type]


def job(nonce: int) -> bytes:
    return pack_job(b'{"class":"Echo","args":%d}' % nonce)


class Hand:
    """A worker of the model: what it runs and what lies ahead, whether it hears of anything still, what it has not
    read yet of what the broker asks back."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.jobs: dict[int, bytes] = {}
        self.ahead: dict[int, bytes] = {}
        self.asked: list[int] = []
        self.given = 0
        self.is_draining = False

    def take(self, task: int, payload: bytes) -> None:
        self.given += 1
        if len(self.jobs) < self.worker.slots:
            self.jobs[task] = payload
        else:
            self.ahead[task] = payload

    def finish(self, task: int) -> None:
        del self.jobs[task]
        if self.ahead:
            following = next(iter(self.ahead))
            self.jobs[following] = self.ahead.pop(following)


class Brisk(Ahead):
    """A pool whose jobs are thought to be short, so that they are sent ahead, whatever they turn out to be."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 1000

    def observe(self, seconds: float) -> None:
        pass


class BrokerMachine(RuleBasedStateMachine):
    """Two pools, two slots each, one of which may grow to four, over workers with one or two slots; three callers."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        limits = {"queue": 4, "poison": 0, "max_jobs": MAX_JOBS, "max_memory": 100}
        self.core = Core([plan("default", 2, **limits), plan("cpu", 2, **limits, max_slots=4)])
        self.core.pools["default"].ahead = Brisk()
        self.hired = dict.fromkeys(POOLS, 0)
        self.released: set[int] = set()
        self.dead: set[int] = set()
        self.numbers = iter(range(1, 1 << 30))
        self.callers: dict[int, int] = {}
        self.hands: dict[int, Hand] = {}
        self.doomed: set[int] = set()
        self.open: dict[int, tuple[int, bytes]] = {}
        self.told: set[int] = set()
        self.outcomes = dict.fromkeys(Outcome, 0)
        self.spawned = 0

    # The world

    def perform(self, actions: list[Action]) -> None:
        for action in actions:
            match action:
                case Deliver(caller, task, outcome, body):
                    owner, nonce = self.open.pop(task)  # a KeyError: told twice, or of a task it never had
                    assert owner == caller
                    if outcome is Outcome.DONE:
                        assert body == nonce, "a result reached another task"
                case Assign(number, task, remaining, _, payload):
                    hand = self.hands[number]
                    assert not hand.is_draining
                    assert number not in self.dead
                    assert hand.worker.pid not in self.doomed
                    assert len(hand.jobs) + len(hand.ahead) < hand.worker.slots + hand.worker.hands
                    assert task in self.open, "a task started that nobody waits for"
                    assert remaining > 0
                    hand.take(task, payload)
                    assert hand.given <= MAX_JOBS
                case TellCancel(number, task) | Recall(number, task):
                    assert task in self.hands[number].jobs or task in self.hands[number].ahead
                    self.hands[number].asked.append(task)
                case Drain(number):
                    self.hands[number].is_draining = True
                case Kill(pid, _):
                    self.doomed.add(pid)
                case Hire(pool):
                    self.hired[pool] += 1
                case Release(pid):
                    assert pid not in self.released, "two were hired for one"
                    self.released.add(pid)
                case CutOff(number, _):
                    del self.hands[number]
                    self.perform(self.core.leave(number, self.now))

    def _end(self, number: int, code: int | None) -> None:
        hand = self.hands.pop(number)
        self.doomed.discard(hand.worker.pid)
        self.perform(self.core.leave(number, self.now))
        if code is not None:
            self.perform(self.core.exited(hand.worker.pid, ExitReport(code), self.now))

    # What may happen

    @precondition(lambda self: len(self.callers) < 3)
    @rule()
    def a_caller_comes(self) -> None:
        number = next(self.numbers)
        self.core.open_caller(number)
        self.callers[number] = number << 32

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def a_caller_leaves(self, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(sorted(self.callers)))
        del self.callers[caller]
        self.open = {task: owned for task, owned in self.open.items() if owned[0] != caller}
        self.perform(self.core.close_caller(caller, self.now))

    @precondition(lambda self: any(self.hired.values()))
    @rule(size=SIZES)
    def a_hired_worker_joins(self, size: tuple[int, int]) -> None:
        pool = next(pool for pool in POOLS if self.hired[pool])
        self.hired[pool] -= 1
        self.a_worker_joins(pool, size)

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), size=st.sampled_from((100, 101)))
    def a_worker_is_weighed(self, data: st.DataObject, size: int) -> None:
        self.perform(self.core.weigh(data.draw(st.sampled_from(sorted(self.hands))), size))

    @precondition(lambda self: len(self.hands) < 5)
    @rule(pool=st.sampled_from(POOLS), size=SIZES)
    def a_worker_joins(self, pool: str, size: tuple[int, int]) -> None:
        number = next(self.numbers)
        worker = Worker(number, 10_000 + number, pool, "s", size[0], hands=size[1])
        self.hands[number] = Hand(worker)
        self.perform(self.core.join(worker, self.now))

    @precondition(lambda self: self.callers)
    @rule(
        data=st.data(),
        pool=st.sampled_from((*POOLS, "", "nowhere")),
        remaining=st.sampled_from((0, 1, 700, 60_000)),
        is_nested=st.booleans(),
        count=st.integers(1, 4),
    )
    def tasks_are_spawned(self, data: st.DataObject, pool: str, remaining: int, is_nested: bool, count: int) -> None:
        caller = data.draw(st.sampled_from(sorted(self.callers)))
        running = sorted(task for hand in self.hands.values() for task in hand.jobs)
        parent = data.draw(st.sampled_from(running)) if is_nested and running else 0
        for _ in range(count):
            self._spawn(caller, pool, remaining, parent)

    def _spawn(self, caller: int, pool: str, remaining: int, parent: int) -> None:
        self.callers[caller] += 1
        id = self.callers[caller]
        self.open[id] = (caller, b"%d" % id)
        self.spawned += pool != "nowhere"
        self.perform(self.core.spawn(caller, id, Spawn(pool, job(id), remaining, parent), self.now))

    @precondition(lambda self: any(hand.jobs for hand in self.hands.values()))
    @rule(data=st.data(), outcome=st.sampled_from((Outcome.DONE, Outcome.ERROR)))
    def a_worker_answers(self, data: st.DataObject, outcome: Outcome) -> None:
        held = sorted((number, task) for number, hand in self.hands.items() for task in hand.jobs)
        number, task = data.draw(st.sampled_from(held))
        self.hands[number].finish(task)
        self.perform(self.core.done(number, task, outcome, b"%d" % task, self.now))

    @precondition(lambda self: any(hand.asked for hand in self.hands.values()))
    @rule(data=st.data())
    def a_worker_reads_what_is_asked_back(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([number for number, hand in self.hands.items() if hand.asked]))
        hand = self.hands[number]
        task = hand.asked.pop(0)
        if hand.ahead.pop(task, None) is not None:
            hand.given -= 1
            self.perform(self.core.returned(number, task, self.now))

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def a_worker_resigns(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.hands)))
        hand = self.hands[number]
        self.perform(self.core.returned(number, 0, self.now))
        while hand.ahead:
            task, _ = hand.ahead.popitem()
            self.perform(self.core.returned(number, task, self.now))

    @precondition(lambda self: self.callers)
    @rule(data=st.data())
    def a_caller_cancels(self, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(sorted(self.callers)))
        id = data.draw(st.integers(caller << 32, self.callers[caller] + 1))
        self.perform(self.core.cancel(caller, id, self.now))

    @precondition(lambda self: self.hands)
    @rule(data=st.data(), code=st.sampled_from((None, 0, 1, -9, -11)))
    def a_worker_dies(self, data: st.DataObject, code: int | None) -> None:
        self._end(data.draw(st.sampled_from(sorted(self.hands))), code)

    @precondition(lambda self: any(hand.jobs for hand in self.hands.values()))
    @rule(data=st.data())
    def a_worker_dies_before_it_read_its_job(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from([number for number, hand in self.hands.items() if hand.jobs]))
        hand = self.hands.pop(number)
        self.doomed.discard(hand.worker.pid)
        self.perform(self.core.leave(number, self.now, is_unread=True))

    @precondition(lambda self: self.hands)
    @rule(data=st.data())
    def a_worker_dies_but_its_connection_lives(self, data: st.DataObject) -> None:
        hand = self.hands[data.draw(st.sampled_from(sorted(self.hands)))]
        self.dead.add(hand.worker.number)
        self.perform(self.core.exited(hand.worker.pid, ExitReport(-9), self.now))

    @precondition(lambda self: self.doomed)
    @rule()
    def the_kills_are_done(self) -> None:
        for number in [number for number, hand in self.hands.items() if hand.worker.pid in self.doomed]:
            self._end(number, -9)

    @rule(seconds=st.sampled_from((0.0, 0.1, 0.3, 1.0, 5.0, 31.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.perform(self.core.tick(self.now))

    # What must hold

    @invariant()
    def spawns_and_outcomes_add_up(self) -> None:
        stats = self.core.stats()
        assert sum(pool.spawned for pool in stats) == self.spawned
        for pool in stats:
            open_here = sum(task.pool == pool.name for task in self.core.ledger.tasks.values())
            assert pool.spawned == sum(pool.ended.values()) + open_here

    @invariant()
    def whoever_waits_has_an_open_task(self) -> None:
        assert set(self.open) <= set(self.core.ledger.tasks)

    @invariant()
    def nothing_queues_while_a_worker_is_free(self) -> None:
        for pool in self.core.stats():
            found = self.core.pools[pool.name]
            assert not (found.waiting() and found.has_room())

    @invariant()
    def nothing_stays_in_a_worker_s_hands_while_another_is_free(self) -> None:
        for pool in self.core.pools.values():
            for hand in self.hands.values():
                if hand.worker.pool == pool.plan.name and hand.ahead and pool.has_room():
                    due = self.core.next_due()
                    assert hand.asked or (due is not None and due <= self.now + HORIZON)

    @invariant()
    def a_pool_knows_what_lies_in_its_workers_hands(self) -> None:
        for pool in self.core.pools.values():
            assert pool.ahead.ids == {id for worker in pool.workers.values() for id in worker.ahead}

    @invariant()
    def a_pool_s_size_stays_in_its_bounds(self) -> None:
        fixed, elastic = self.core.stats()
        assert fixed.slots == 2 <= elastic.slots <= 4

    @invariant()
    def nobody_waits_long_for_a_pool_without_workers(self) -> None:
        for pool in self.core.pools.values():
            if pool.deserted is not None and self.now > pool.deserted + UNSERVED + 31:
                assert not pool.waiting()

    @invariant()
    def whatever_is_open_has_a_deadline(self) -> None:
        due = self.core.next_due()
        assert due is not None or not self.core.ledger.tasks

    def teardown(self) -> None:
        """Everybody goes, time passes, and nothing is left."""
        for number in list(self.hands):
            self._end(number, None)
        self.time_passes(100.0)
        self.time_passes(100.0)
        assert not self.open, "somebody still waits"
        assert not self.core.ledger.tasks
        has_grown = self.core.pools["cpu"].scale.target > 2  # it shrinks when what it lacks has come
        assert self.core.next_due() is None or has_grown
        assert all(pool.busy == pool.queued == pool.workers == 0 for pool in self.core.stats())
        super().teardown()


STEPS = 50
BrokerMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("POGOPROXY_ROUNDS", "10000")) // STEPS, stateful_step_count=STEPS, deadline=None
)
TestBrokerAgainstItsModel = BrokerMachine.TestCase


# By hand


def busy_core(**settings: object) -> Core:
    """One caller (1), one worker (2, pid 20) that runs task `first`."""
    core = Core([plan(**settings)])  # type: ignore[arg-type]
    core.open_caller(1)
    core.join(Worker(2, 20, "default", "s"), 0.0)
    core.spawn(1, FIRST, Spawn("default", job(1)), 0.0)
    return core


FIRST, SECOND = (1 << 32) + 1, (1 << 32) + 2


def test_an_id_is_never_used_twice_nor_by_another_caller() -> None:
    core = busy_core()
    for id in (FIRST, FIRST - 1, 5, (9 << 32) + 7):
        with pytest.raises(WireError):
            core.spawn(1, id, Spawn("default", job(1)), 0.0)


def test_a_late_answer_to_a_cancelled_task_reaches_nobody_and_frees_the_slot() -> None:
    core = busy_core()
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    told = core.cancel(1, FIRST, 0.1)
    assert [type(action) for action in told] == [Deliver, TellCancel]
    after = core.done(2, FIRST, Outcome.DONE, b"late", 0.2)
    assert [type(action) for action in after] == [Assign]
    assert after[0].task == SECOND  # type: ignore[union-attr]


def test_a_cancel_that_is_ignored_beyond_its_grace_kills_the_worker_and_only_its_death_frees_the_slot() -> None:
    core = busy_core(cancel_grace=1.0)
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    core.cancel(1, FIRST, 0.0)
    assert core.tick(0.99) == []
    assert [type(action) for action in core.tick(1.0)] == [Kill]
    assert core.stats()[0].queued == 1
    assert core.leave(2, 1.1) == []
    assert core.exited(20, ExitReport(-9), 1.1) == []
    assert [type(action) for action in core.join(Worker(3, 21, "default", "s"), 1.2)] == [Assign]


def test_queue_wait_counts_against_max_wait() -> None:
    core = busy_core(max_wait=2.0)
    core.spawn(1, SECOND, Spawn("default", job(2)), 1.0)
    core.tick(2.0)
    (deliver,) = core.tick(3.0)[:1]
    assert isinstance(deliver, Deliver)
    assert (deliver.task, deliver.outcome) == (SECOND, Outcome.TIMEOUT)


def test_a_full_queue_refuses_at_once_and_enqueues_nothing() -> None:
    core = busy_core(queue=1)
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    (deliver,) = core.spawn(1, SECOND + 1, Spawn("default", job(3)), 0.0)
    assert isinstance(deliver, Deliver)
    assert deliver.outcome is Outcome.REJECTED
    assert core.stats()[0].queued == 1


def test_the_dead_worker_s_word_waits_for_its_last_frames() -> None:
    """The report of the exit may overtake the result that was written just before it."""
    core = busy_core()
    assert core.exited(20, ExitReport(0), 0.1) == []
    (deliver,) = core.done(2, FIRST, Outcome.DONE, b"1", 0.2)
    assert isinstance(deliver, Deliver)
    assert deliver.outcome is Outcome.DONE
    assert core.leave(2, 0.3) == []


def test_a_job_that_its_worker_never_read_goes_to_the_next_one() -> None:
    core = busy_core()
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    assert core.leave(2, 0.0, is_unread=True) == []
    (assign,) = core.join(Worker(3, 21, "default", "s"), 0.1)
    assert isinstance(assign, Assign)
    assert assign.task == FIRST


def test_a_job_that_was_followed_by_another_frame_counts_as_read() -> None:
    core = busy_core()
    core.credit(1, FIRST, 1)
    core.exited(20, ExitReport(-9), 0.0)
    (lost,) = core.leave(2, 0.0, is_unread=True)
    assert isinstance(lost, Deliver)
    assert lost.outcome is Outcome.LOST


def test_a_connection_that_outlives_its_worker_in_a_forked_child_is_cut_off() -> None:
    core = busy_core()
    core.exited(20, ExitReport(-9), 0.0)
    assert [type(action) for action in core.tick(1.0)] == [CutOff]
    (deliver,) = core.leave(2, 1.0)
    assert isinstance(deliver, Deliver)
    assert deliver.outcome is Outcome.LOST


def test_a_worker_that_is_dead_gets_no_job_though_its_connection_lives_on() -> None:
    core = busy_core()
    core.done(2, FIRST, Outcome.DONE, b"1", 0.0)
    core.exited(20, ExitReport(-9), 0.1)
    assert core.spawn(1, SECOND, Spawn("default", job(2)), 0.2) == []
    (assign,) = core.join(Worker(3, 21, "default", "s"), 0.3)
    assert isinstance(assign, Assign)
    assert core.tick(1.1) == [CutOff(2, "the worker's process is dead")]


def test_new_plans_take_new_workers_and_drain_the_old_ones() -> None:
    core = busy_core()
    fresh = PoolPlan(name="default", slots=1, secret="new")
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    assert [type(action) for action in core.set_pools([fresh], 0.1)] == [Drain]
    assert [type(action) for action in core.join(Worker(3, 21, "default", "new"), 0.1)] == [Assign]
    assert [type(action) for action in core.done(2, FIRST, Outcome.DONE, b"old code", 0.2)] == [Deliver]


def test_a_pool_that_left_the_configuration_rejects_its_queue_and_finishes_what_runs() -> None:
    core = busy_core()
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    rejected, drain = core.set_pools([plan("other")], 0.1)
    assert isinstance(rejected, Deliver)
    assert (rejected.task, rejected.outcome) == (SECOND, Outcome.REJECTED)
    assert isinstance(drain, Drain)
    (deliver,) = core.done(2, FIRST, Outcome.DONE, b"1", 0.2)
    assert isinstance(deliver, Deliver)


def test_a_worker_without_the_secret_is_refused() -> None:
    with pytest.raises(WireError, match="secret"):
        Core([plan()]).join(Worker(2, 20, "default", "guess"), 0.0)


def test_a_job_that_kills_worker_after_worker_is_quarantined_until_new_plans_come() -> None:
    core = Core([plan(poison=2)])
    core.open_caller(1)
    for n in range(2):
        core.join(Worker(10 + n, 20 + n, "default", "s"), 0.0)
        core.spawn(1, FIRST + n, Spawn("default", job(1)), 0.0)
        core.exited(20 + n, ExitReport(-11), 0.0)
        (lost,) = core.leave(10 + n, 0.0)
        assert isinstance(lost, Deliver)
        assert b"SIGSEGV" in lost.body
    (refused,) = core.spawn(1, FIRST + 2, Spawn("default", job(1)), 0.0)
    assert isinstance(refused, Deliver)
    assert b"quarantined" in refused.body
    assert core.spawn(1, FIRST + 3, Spawn("default", job(2)), 0.0) == []
    core.set_pools([plan(poison=2)], 0.0)
    assert core.spawn(1, FIRST + 4, Spawn("default", job(1)), 0.0) == []


def test_a_worker_s_replacement_is_started_in_the_last_tenth_of_its_jobs_and_it_goes_when_that_has_come() -> None:
    core = busy_core(max_jobs=20)
    for n in range(1, 18):
        assert Hire not in map(type, core.done(1 + 1, FIRST + n - 1, Outcome.DONE, b"", 0.0))
        last = core.spawn(1, FIRST + n, Spawn("default", job(n)), 0.0)
    assert last[1:] == [Release(20), Hire("default")]
    core.done(2, FIRST + 17, Outcome.DONE, b"", 0.0)
    assert core.spawn(1, FIRST + 18, Spawn("default", job(1)), 0.0)[1:] == [], "one has been hired already"
    assert core.join(Worker(3, 21, "default", "s"), 0.1) == [Drain(2)]
    core.done(2, FIRST + 18, Outcome.DONE, b"", 0.2)
    assert core.tick(9.0) == []
    assert [type(action) for action in core.tick(10.2)] == [Kill], "it had been told to end, and was idle"


def test_a_worker_that_has_grown_too_large_serves_until_its_replacement_has_come() -> None:
    core = busy_core(max_memory=100)
    assert core.weigh(2, 100) == []
    assert core.weigh(2, 101) == [Release(20), Hire("default")]
    assert core.weigh(2, 102) == []
    core.done(2, FIRST, Outcome.DONE, b"", 0.0)
    assert [type(action) for action in core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)] == [Assign]
    assert core.join(Worker(3, 21, "default", "s"), 0.1) == [Drain(2)]


def test_a_worker_that_dies_is_no_reason_to_dismiss_a_worn_one() -> None:
    core = Core([plan(slots=2, max_memory=100)])
    core.join(Worker(2, 20, "default", "s"), 0.0)
    core.join(Worker(3, 21, "default", "s"), 0.0)
    core.weigh(2, 101)
    core.leave(3, 0.0)
    assert core.join(Worker(4, 22, "default", "s"), 0.1) == []
    assert core.join(Worker(5, 23, "default", "s"), 0.2) == [Drain(2)]


def test_a_pool_that_nobody_serves_gives_up_its_queue_and_takes_no_more_until_somebody_comes() -> None:
    core = busy_core()
    core.spawn(1, SECOND, Spawn("default", job(2)), 0.0)
    core.exited(20, ExitReport(1), 1.0)
    core.leave(2, 1.0)
    assert core.next_due() == 1.0 + UNSERVED
    (given_up,) = core.tick(1.0 + UNSERVED)
    assert isinstance(given_up, Deliver)
    assert (given_up.task, given_up.outcome) == (SECOND, Outcome.REJECTED)
    assert b"no_worker" in given_up.body
    (refused,) = core.spawn(1, SECOND + 1, Spawn("default", job(3)), 7.0)
    assert isinstance(refused, Deliver)
    assert core.stats()[0].ended[Outcome.REJECTED] == 2
    core.join(Worker(3, 21, "default", "s"), 8.0)
    assert [type(action) for action in core.spawn(1, SECOND + 2, Spawn("default", job(4)), 8.0)] == [Assign]


def test_an_elastic_pool_hires_while_tasks_wait_and_lets_go_after_a_calm() -> None:
    core = busy_core(max_slots=3)
    for n in range(1, 4):
        core.spawn(1, FIRST + n, Spawn("default", job(n)), 0.0)
    assert core.tick(0.05) == []
    assert core.next_due() == PATIENCE
    assert core.tick(0.1) == [Hire("default")]
    assert core.tick(0.2) == [], "the hired one has not come yet"
    core.join(Worker(3, 21, "default", "s"), 0.25)
    assert core.tick(0.3) == [Hire("default")]
    core.join(Worker(4, 22, "default", "s"), 0.35)
    assert core.tick(0.5) == [], "it has grown to its limit"
    for number, task in ((2, FIRST), (3, FIRST + 1), (4, FIRST + 2), (2, FIRST + 3)):
        core.done(number, task, Outcome.DONE, b"", 0.6)
    assert core.stats()[0].slots == 3
    assert core.tick(0.6 + CALM) == [], "it was needed in that window"
    gone = core.tick(0.7 + 2 * CALM)
    assert [type(action) for action in gone] == [Release, Drain] * 2
    assert core.stats()[0].slots == 1
