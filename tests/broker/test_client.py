"""The client without a broker, with another one, after a fork."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from pogoproxy import JobError, TaskLost, pogo_await, pogo_pool_size, pogo_spawn, pool_size, request_scope, spawn
from pogoproxy.broker.plan import PoolPlan
from pogoproxy.jobs import client as client_module

Farm = Any


@pytest.mark.parametrize("call", [lambda: pogo_spawn("Echo"), lambda: pogo_await(1), pogo_pool_size, pool_size])
def test_without_a_broker_pogo_is_not_configured(call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("POGO_SOCKET", raising=False)
    with pytest.raises(RuntimeError, match=r"^Pogo is not configured$"):
        call()


def test_a_broker_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POGO_SOCKET", str(tmp_path / "gone.sock"))
    with pytest.raises(JobError, match=r"gone\.sock cannot be reached"):
        spawn("Echo")


def test_the_seed_s_refusals_have_its_words(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    for call, words in (
        (lambda: pogo_spawn(""), "Pogo job class must not be empty"),
        (lambda: pogo_spawn("Echo", {"x": {1}}), "Failed to encode Pogo job args as JSON"),
        (lambda: pogo_spawn("Echo", float("nan")), "Failed to encode Pogo job args as JSON"),
        (lambda: pogo_spawn("Echo", {}, "gpu"), 'unknown Pogo pool "gpu"'),
        (lambda: pogo_pool_size("gpu"), 'unknown Pogo pool "gpu"'),
        (lambda: pogo_spawn("Echo", {}, 'a"b'), 'unknown Pogo pool "a\\"b"'),
        (lambda: pogo_await(12345, -1.0), "Pogo await timeout must be greater than or equal to zero"),
        (lambda: pogo_await(12345), "unknown or already awaited Pogo task"),
    ):
        with pytest.raises(RuntimeError) as refused:
            call()
        assert str(refused.value) == words


def test_ids_are_integers_and_never_zero(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    ids = [pogo_spawn("Echo", n) for n in range(5)]
    assert len(set(ids)) == 5
    assert all(id > 0 for id in ids)
    assert [pogo_await(id) for id in ids] == list(range(5))
    assert pogo_pool_size("") == pogo_pool_size() == 1


async def test_the_seed_s_functions_work_on_a_loop_too(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    assert pogo_await(pogo_spawn("Echo", 1), 5.0) == 1


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_large_arguments_leave_while_the_loop_does_other_things(farm: Callable[..., Farm], run: Any) -> None:
    farm(PoolPlan(name="default", slots=2, secret="s"))

    async def main() -> None:
        large = [spawn("Echo", str(n) * (3 << 20)) for n in range(3)]
        assert await spawn("Echo", "small") == "small"
        assert [(await task)[0] for task in large] == ["0", "1", "2"]

    run(main())


async def test_result_refuses_to_block_the_loop_of_its_task(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    with pytest.raises(JobError, match="await the task"):
        spawn("Sleep", {"seconds": 60}).result()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run])
def test_a_task_that_outlives_its_loop_is_lost_and_can_be_cancelled(farm: Callable[..., Farm], run: Any) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))

    async def leave_two() -> list[Any]:
        return [spawn("Sleep", {"seconds": 60}) for _ in range(2)]

    first, second = run(leave_two())
    first.cancel()
    with pytest.raises(TaskLost):
        second.result()


def test_a_lost_broker_loses_the_open_tasks_and_the_next_spawn_dials_anew(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    task = spawn("Sleep", {"seconds": 60})
    farmed.until(lambda: farmed.pool().busy == 1)
    farmed.on_loop(lambda: [session.cut_off("test") for session in list(farmed.broker.callers.values())])
    with pytest.raises(TaskLost, match="connection to the Pogo broker was lost"):
        task.result(timeout=5)
    assert spawn("Echo", 1).result(timeout=10) == 1


def test_a_forked_child_has_its_own_connection(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    assert spawn("Echo", 1).result(timeout=5) == 1
    child = os.fork()
    if child == 0:
        os._exit(0 if spawn("Echo", 2).result(timeout=5) == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert spawn("Echo", 3).result(timeout=5) == 3


def test_a_request_that_has_ended_spawns_nothing(farm: Callable[..., Farm]) -> None:
    farmed = farm(PoolPlan(name="default", slots=1, secret="s"))
    with request_scope("r1") as scope:
        scope.close()
        with pytest.raises(JobError, match="Pogo request has ended"):
            spawn("Echo")
    farmed.until(farmed.is_at_rest)


def test_looking_whether_a_task_is_done_does_not_wait(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    task = spawn("Sleep", {"seconds": 60})
    begin = time.monotonic()
    assert not any(task.done() for _ in range(200))
    assert time.monotonic() - begin < 0.4, "a millisecond each would be a timer's tick"
    task.cancel()


def test_a_class_is_named_by_its_module(farm: Callable[..., Farm]) -> None:
    class Local:
        pass

    assert client_module.class_name(Path) == "pathlib:Path"
    with pytest.raises(JobError, match="local to a function"):
        client_module.class_name(Local)


def test_spawning_from_threads_needs_neither_asyncio_nor_any_library(farm: Callable[..., Farm]) -> None:
    farm(PoolPlan(name="default", slots=1, secret="s"))
    script = (
        "import sys, pogoproxy;"
        "assert pogoproxy.spawn('Echo', 7).result(timeout=5) == 7;"
        "print([name for name in ('asyncio', 'aiohttp', 'lark', 'msgspec', 'uvloop') if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=20)
    assert run.stdout == "[]\n"
