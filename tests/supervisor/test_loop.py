"""The supervisor with real children: small modules that speak the control channel."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from pogoproxy.errors import ProcessError
from pogoproxy.supervisor import process as processes
from pogoproxy.supervisor.children import Life
from pogoproxy.supervisor.loop import Supervisor
from pogoproxy.supervisor.plan import Launch, Role
from pogoproxy.supervisor.process import Process

HEAD = """
import os, signal, sys, time
from pogoproxy.jobs import lifeline
from pogoproxy.jobs.control import BOOT_FAILED, Control
lifeline.hold(int(sys.argv[1]))
control = Control(int(sys.argv[2]))
orders = control.receive()
"""
SERVES = "control.ready()\nwhile True: signal.pause()\n"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVES
FAILS = "control.failed('no database', 'Traceback: no database')\nsys.exit(BOOT_FAILED)\n"
HOPELESS = "control.failed('no such module', is_final=True)\nsys.exit(BOOT_FAILED)\n"
PRINTS = "print(orders['greeting'])\nprint('x' * 10000)\nprint('oh', file=sys.stderr)\n" + SERVES

Child = Callable[[str], Launch]


@pytest.fixture
def child(tmp_path: Path) -> Child:
    """Write a module and return the launch that runs it."""

    def write(body: str) -> Launch:
        name = f"child{len(list(tmp_path.iterdir()))}"
        (tmp_path / f"{name}.py").write_text(HEAD + body)
        # The working directory counts for `-m` only without `-P`, which our own interpreter is started with.
        return Launch(name, directory=str(tmp_path), python=sys.executable, orders=b'{"greeting": "hello"}')

    return write


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    async with asyncio.timeout(30), Supervisor(boot_attempts=2) as running:
        yield running


def pids(supervisor: Supervisor, role: Role) -> list[int]:
    return [child.pid for child in supervisor.table.crews[role.name].lives(Life.READY) if child.pid]


async def wanted(supervisor: Supervisor, *launches: Launch) -> Role:
    role = Role("test", launches)
    supervisor.want(role)
    await supervisor.until_ready([role.name])
    return role


async def test_every_slot_gets_a_child(supervisor: Supervisor, child: Child) -> None:
    role = await wanted(supervisor, *[child(SERVES)] * 3)
    assert len(set(pids(supervisor, role))) == 3


async def test_a_killed_child_is_replaced_and_the_others_live_on(supervisor: Supervisor, child: Child) -> None:
    role = await wanted(supervisor, *[child(SERVES)] * 2)
    before = pids(supervisor, role)
    os.kill(before[0], signal.SIGKILL)
    while len(pids(supervisor, role)) == 2 and before[0] in pids(supervisor, role):
        await supervisor.change()
    await supervisor.until_ready([role.name])
    after = pids(supervisor, role)
    assert before[1] in after
    assert before[0] not in after
    assert supervisor.table.crews[role.name].exits["SIGKILL"] == 1


async def test_a_role_that_cannot_start_is_given_up_and_shows_its_traceback_once(
    supervisor: Supervisor, child: Child, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ProcessError, match="test: no database"):
        await wanted(supervisor, child(FAILS))
    assert caplog.text.count("Traceback: no database") == 1


async def test_a_hopeless_failure_is_not_tried_again(supervisor: Supervisor, child: Child) -> None:
    with pytest.raises(ProcessError, match="test: no such module"):
        await wanted(supervisor, child(HOPELESS))
    assert supervisor.table.crews["test#1"].exits.total() <= 1


async def test_retired_children_are_told_to_end(supervisor: Supervisor, child: Child) -> None:
    role = await wanted(supervisor, child(SERVES))
    await supervisor.retire([role.name], grace=10)
    assert role.name not in supervisor.table.crews


async def test_a_child_that_ignores_the_end_is_killed_after_the_grace(supervisor: Supervisor, child: Child) -> None:
    role = await wanted(supervisor, child(STUBBORN))
    crew = supervisor.table.crews[role.name]
    await supervisor.retire([role.name], grace=0.1)
    assert crew.exits["SIGKILL"] == 1


async def test_output_is_logged_by_line_with_its_source(
    supervisor: Supervisor, child: Child, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    role = await wanted(supervisor, child(PRINTS))
    await supervisor.retire([role.name], grace=10)
    await asyncio.sleep(0)
    assert "test[0] stdout: hello" in caplog.messages
    assert "test[0] stderr: oh" in caplog.messages
    assert max(map(len, caplog.messages)) < 9000


async def test_a_command_counts_as_ready_at_once(supervisor: Supervisor) -> None:
    role = await wanted(supervisor, Launch(command=("sleep", "60")))
    assert len(pids(supervisor, role)) == 1


async def test_a_missing_command_is_a_failure_to_start(supervisor: Supervisor, child: Child) -> None:
    launch = child(SERVES)
    broken = Launch(launch.module, directory=launch.directory, python="/nowhere/python")
    with pytest.raises(ProcessError, match="cannot start"):
        await wanted(supervisor, broken)


async def test_a_fork_that_the_system_refuses_is_tried_again(child: Child) -> None:
    """EAGAIN at the limit of processes."""
    refusals = iter([BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")])

    async def execute(launch: Launch, name: str, lifeline: int) -> Process:
        for refusal in refusals:
            raise refusal
        return await processes.execute(launch, name, lifeline)

    async with asyncio.timeout(30), Supervisor(execute=execute) as supervisor:
        role = await wanted(supervisor, child(SERVES))
        assert len(pids(supervisor, role)) == 1


async def test_a_role_grows_and_lets_a_child_go_without_replacing_it(supervisor: Supervisor, child: Child) -> None:
    role = await wanted(supervisor, child(SERVES))
    (first,) = pids(supervisor, role)
    supervisor.grow(role.name)
    while len(pids(supervisor, role)) < 2:
        await supervisor.change()
    supervisor.release(first)
    os.kill(first, signal.SIGKILL)
    while first in pids(supervisor, role):
        await supervisor.change()
    assert len(pids(supervisor, role)) == 1
    assert supervisor.table.crews[role.name].is_complete


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def test_a_command_may_count_as_ready_only_when_somebody_vouches_for_it(supervisor: Supervisor) -> None:
    role = Role("test", (Launch(command=("sh", "-c", "sleep 60; true"), is_vouched=True),))
    supervisor.want(role)
    while not (started := [child.pid for child in supervisor.table if child.pid]):
        await supervisor.change()
    assert not pids(supervisor, role)
    while not (inner := children_of(started[0])):  # noqa: ASYNC110 - the shell starts it
        await asyncio.sleep(0.01)
    assert supervisor.child_of(inner[0]) == started[0], "by its process group"
    supervisor.vouch(started[0])
    assert pids(supervisor, role) == started


async def test_a_supervisor_that_breaks_says_so_instead_of_standing_still() -> None:
    async def execute(launch: Launch, name: str, lifeline: int) -> Process:
        raise RuntimeError("a bug")

    async with asyncio.timeout(10), Supervisor(execute=execute) as supervisor:
        supervisor.want(Role("test", (Launch("x"),)))
        with pytest.raises(RuntimeError, match="a bug"):
            await supervisor.broken()
