"""What the world does to a pool: death at the wrong moment, no room, no descriptors, huge frames, clocks that jump."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pogoproxy import PoolSaturated, TaskError, TaskLost, UnknownTask, request_scope, spawn
from pogoproxy.broker.actions import Assign, Deliver
from pogoproxy.broker.core import Core
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.broker.worker import Worker
from pogoproxy.jobs import wire
from pogoproxy.jobs.wire import Kind, Outcome, Spawn

Farm = Any


WORKER_HELLO = b'{"version":1,"role":"worker","pool":"default","secret":"s"}'


def plan(slots: int = 1, **settings: Any) -> PoolPlan:
    return PoolPlan(**{"name": "default", "slots": slots, "secret": "s", "cancel_grace": 0.3, **settings})


# Death


def test_a_worker_killed_from_outside_costs_its_task_which_is_named(farm: Callable[..., Farm], tmp_path: Path) -> None:
    """As the kernel does it when memory runs out."""
    farmed = farm(plan(2))
    neighbour = spawn("Sleep", {"seconds": 0.5})
    pid = spawn("Pid").result(timeout=10)
    mark = tmp_path / "mark"
    task = spawn("Sleep", {"seconds": 60, "started": str(mark)})
    farmed.until(mark.exists)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(TaskLost) as lost:
        task.result(timeout=10)
    assert (lost.value.pid, lost.value.signal) == (pid, 9)
    assert lost.value.__notes__ == [f"in task {task.id}, job Sleep, pool default"]
    assert neighbour.result(timeout=10) == {"seconds": 0.5}
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.LOST] == 1


def test_a_worker_that_dies_just_after_its_result_has_done_its_job(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    (pid,) = farmed.pids
    assert spawn("DieSoon", {"after": 0.05, "size": 1}).result(timeout=10) == "x"
    farmed.until(lambda: pid not in farmed.pids)
    assert spawn("Echo", 1).result(timeout=10) == 1
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.LOST] == 0


@pytest.mark.parametrize("after", [0.001, 0.01, 0.02, 0.03])
def test_a_worker_that_dies_while_it_writes_a_large_result_costs_that_alone(
    farm: Callable[..., Farm], after: float
) -> None:
    farmed = farm(plan(2))
    neighbours = [spawn("Echo", {"nonce": n}) for n in range(5)]
    task = spawn("DieSoon", {"after": after, "size": 12 << 20})
    with contextlib.suppress(TaskLost):
        assert len(task.result(timeout=20)) == 12 << 20
    assert [each.result(timeout=20)["nonce"] for each in neighbours] == list(range(5))
    farmed.until(lambda: farmed.is_at_rest() and len(farmed.pids) == 2)
    assert spawn("Echo", 1).result(timeout=10) == 1


def test_a_daemon_that_a_job_leaves_behind_holds_neither_slot_nor_drain(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    child = spawn("Daemon", {"seconds": 30}).result(timeout=10)
    try:
        assert spawn("Echo", 1).result(timeout=10) == 1
        with pytest.raises(TaskLost):
            spawn("Die", {"how": 1}).result(timeout=10)
        assert spawn("Echo", 2).result(timeout=10) == 2
        assert farmed.call(farmed.broker.drain(farmed.broker.clock() + 5)) == 0
    finally:
        os.kill(child, signal.SIGKILL)


# Handles


def test_a_handle_is_of_no_use_after_its_request(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    with request_scope("r1"):
        task = spawn("Echo", 1)
    with pytest.raises(UnknownTask):
        task.result(timeout=5)
    farmed.until(farmed.is_at_rest)


def test_a_task_may_be_cancelled_twice_and_a_foreign_one_not_at_all(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    task, other = spawn("Sleep", {"seconds": 60}), spawn("Echo", 1)
    with farmed_connection(farmed) as peer:
        peer.sendall(wire.encode(Kind.CANCEL, other.id))
        peer.sendall(wire.encode(Kind.CANCEL, 12345))
    task.cancel()
    task.cancel()
    assert other.result(timeout=10) == 1
    farmed.until(farmed.is_at_rest)
    assert farmed.pool().ended[Outcome.CANCELLED] == 1


# Limits


def test_arguments_may_be_as_short_as_they_like(farm: Callable[..., Farm]) -> None:
    farm(plan())
    assert [spawn("Echo", args).result(timeout=10) for args in ("", [], 0, None)] == ["", [], 0, {}]


def test_a_queue_is_full_by_bytes_as_well(farm: Callable[..., Farm], tmp_path: Path) -> None:
    farmed = farm(plan(queue_bytes=1 << 20))
    mark = tmp_path / "mark"
    running = spawn("Sleep", {"seconds": 60, "started": str(mark)})
    farmed.until(mark.exists)
    spawn("Echo", "x" * (2 << 20))
    with pytest.raises(PoolSaturated, match="its queue is full"):
        spawn("Echo", 1).result(timeout=10)
    running.cancel()


def test_a_request_that_spawns_without_end_is_stopped(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    farmed.broker.max_tasks = 3
    with request_scope("r1"):
        tasks = [spawn("Echo", n) for n in range(3)]
        with pytest.raises(PoolSaturated, match="3 open tasks"):
            spawn("Echo")
        assert tasks[0].result(timeout=10) == 0
        spawn("Echo")
    farmed.until(farmed.is_at_rest)


def farmed_connection(farmed: Farm, hello: bytes = b'{"version":1,"role":"caller"}') -> socket.socket:
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(10)
    peer.connect(farmed.path)
    peer.sendall(wire.encode(Kind.HELLO, 0, hello))
    assert peer.recv(1 << 16)
    return peer


def resident_kib() -> int:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0])


@pytest.mark.parametrize("hello", [b'{"version":1,"role":"caller"}', WORKER_HELLO])
def test_a_frame_of_a_gibibyte_is_refused_by_its_head(farm: Callable[..., Farm], hello: bytes) -> None:
    farmed = farm(plan())
    farmed.broker.staff.kill = lambda pid, reason: None  # the worker that is played here is this very process
    before = resident_kib()
    with farmed_connection(farmed, hello) as peer, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        peer.sendall(wire.encode_head(Kind.SPAWN, 1 << 32, 1 << 30))
        assert peer.recv(1) == b""
    assert resident_kib() - before < 20_000
    assert spawn("Echo", 1).result(timeout=10) == 1


# The machine


def test_a_disk_without_room_is_the_job_s_own_error(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    with pytest.raises(TaskError, match="No space left on device"):
        spawn("Full").result(timeout=10)
    assert spawn("Echo", 1).result(timeout=10) == 1
    farmed.until(farmed.is_at_rest)


CROWD = """
import socket, sys
peers = []
for _ in range(30):
    peers.append(socket.socket(socket.AF_UNIX))
    peers[-1].connect(sys.argv[1])
print("here", flush=True)
sys.stdin.read()
"""


def test_a_broker_without_descriptors_serves_those_who_are_connected_and_recovers(farm: Callable[..., Farm]) -> None:
    """EMFILE: nobody else gets in, and nothing breaks."""
    farmed = farm(plan())
    assert spawn("Echo", 1).result(timeout=10) == 1
    crowd = subprocess.Popen([sys.executable, "-c", CROWD, farmed.path], stdin=-1, stdout=-1)
    assert crowd.stdin is not None and crowd.stdout is not None
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(fd.name) for fd in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, before[1]))
    try:
        assert crowd.stdout.readline() == b"here\n"
        assert [spawn("Echo", n).result(timeout=10) for n in range(20)] == list(range(20))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        crowd.stdin.close()
        crowd.wait(10)
        crowd.stdout.close()

    def can_connect() -> bool:
        with contextlib.suppress(OSError, AssertionError), farmed_connection(farmed):
            return True
        return False

    farmed.until(can_connect)


def test_a_clock_that_jumps_a_day_ends_what_was_open_once_and_no_more() -> None:
    """A host that was suspended, on a clock that counts that time."""
    day, first = 86_400.0, (1 << 32) + 1
    core = Core([PoolPlan(name="default", slots=1, secret="s", max_slots=4)])
    core.open_caller(1)
    core.join(Worker(2, 20, "default", "s"), 0.0)
    for n in range(5):
        core.spawn(1, first + n, Spawn("default", wire.pack_job(b"{}")), 0.0)
    told = [action for now in (day, day, day + 1) for action in core.tick(now) if isinstance(action, Deliver)]
    assert sorted(action.task for action in told) == [first + n for n in range(5)]
    assert {action.outcome for action in told} == {Outcome.TIMEOUT}
    core.leave(2, day + 2)
    core.join(Worker(3, 21, "default", "s"), day + 2)
    again = core.spawn(1, first + 5, Spawn("default", wire.pack_job(b"{}")), day + 2)
    assert [type(action) for action in again] == [Assign]
    assert core.tick(day + 3) == []


def test_nothing_that_waits_reads_the_clock_on_the_wall() -> None:
    package = Path(wire.__file__).parent.parent
    sources = [file for folder in ("jobs", "broker", "supervisor") for file in (package / folder).glob("*.py")]
    assert sources
    assert not [file.name for file in sources if "time.time(" in file.read_text() or "datetime" in file.read_text()]


def test_a_broker_that_stood_still_for_a_while_goes_on(farm: Callable[..., Farm]) -> None:
    farmed = farm(plan())
    tasks = [spawn("Echo", n) for n in range(10)]
    farmed.on_loop(lambda: time.sleep(1.0))
    assert [task.result(timeout=10) for task in tasks] == list(range(10))
    farmed.until(farmed.is_at_rest)
